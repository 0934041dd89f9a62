"""
What the shop's people, goods and notes are called.

Chosen to find fault: scripts from right to left, marks that combine, emoji of several code points, quotes of every
kind, and texts that mean something to COPY, CSV, HTML or a spreadsheet.
"""
# ruff: noqa: RUF001 - letters that look like others are what this file is for

# country, given names, family names; the e-mail address is made of numbers, so names may hold anything.
PEOPLE: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("DE", ("Jürgen", "Zoë", "Anneliese", "Björn"), ("Müller", "Weiß", "von der Tann", "Öztürk")),
    ("FR", ("Anaïs", "François", "Chloé", "Loïc"), ("L'Hôpital", "Lefèvre", "d'Estaing", "Cœur")),
    ("PL", ("Łukasz", "Świętosława", "Michał", "Żaneta"), ("Wójcik", "Źdźbło", "Dąbrowska", "Gżegżółka")),
    (
        "IE",
        ("Siobhán", "Pádraig", "Aoife", "Niamh"),
        ("O'Neill", "Mac Giolla Phádraig", "Ó Súilleabháin", "O\u2019Brien"),
    ),
    ("GR", ("Ελένη", "Γιώργος", "Δήμητρα", "Νίκος"), ("Παπαδόπουλος", "Καζαντζάκη", "Οικονόμου", "Βασιλείου")),
    ("UA", ("Оксана", "Тарас", "Їжак", "Ґалина"), ("Шевченко", "Коваленко", "Лук\u02bcяненко", "Бойко")),
    ("IL", ("נועה", "איתן", "תמר", "יונתן"), ("כהן", "לוי", "פרץ", "בן־דוד")),
    ("EG", ("فاطمة", "محمد", "ليلى", "يوسف"), ("عبد الرحمن", "السيد", "حسن", "إبراهيم")),
    ("JP", ("さくら", "健太", "陽菜", "ﾀﾛｳ"), ("渡邊", "髙橋", "佐藤", "鈴木")),
    ("CN", ("伟", "秀英", "子涵", "𠮷娜"), ("王", "李", "欧阳", "龘")),
    ("VN", ("Nguye\u0302\u0303n", "Thị Ánh", "Đức", "Hương"), ("Trần", "Phạm", "Đặng", "Lê")),
    ("TR", ("İpek", "Işıl", "Çağrı", "Gökçe"), ("Yıldız", "Şahin", "Aydın", "Kılıç")),
    ("US", ("Ann-Marie", 'Dwayne "Rock"', "José", "DROP TABLE"), ("Smith, Jr.", "Null", "de la Cruz", "Test\\N")),
)

# What a thing is called, its category, and the least it costs, in cents.
GOODS: tuple[tuple[str, str, int], ...] = (
    ("Kaffeemühle „Anna“", "kitchen", 3490),
    ("抹茶セット 🍵", "kitchen", 2780),
    ("Cafe\u0301 mug", "kitchen", 890),
    ("קומקום אמייל", "kitchen", 4150),
    ("Pão de queijo tin", "kitchen", 1290),
    ("Wool scarf O'Neill", "clothing", 3999),
    ("T-shirt <b>bold</b>", "clothing", 1950),
    ("Łapki ciepłe", "clothing", 1425),
    ("قميص كتان", "clothing", 4890),
    ("Socks 🧦🧦", "clothing", 699),
    ('12" vinyl "Live"', "music", 2495),
    ("Ukulele «Соловей»", "music", 5900),
    ("Kazoo & case; new", "music", 450),
    ("Running shoe ½ size", "shoes", 8995),
    ("Čižmy do dažďa", "shoes", 5250),
    ("下駄", "shoes", 4400),
    ("Novel, \u201cThe 100% Truth\u201d", "books", 1199),
    ("Ποιήματα", "books", 999),
    ("Atlas\u00a0der Welt", "books", 4200),
    ("=SUM(A1:A9) notebook", "books", 575),
    ("Headphones 80\u2009Ω", "electronics", 7900),
    ("E\u2011reader stand", "electronics", 2250),
    ("Lamp 👩\u200d🔬 “Marie”", "electronics", 3325),
    ("Cable C:\\new\\table", "electronics", 785),
)
VARIANTS = ("small", "large", "rosé", "藍", "noir", "№ 7", "ιώδες")

# Of two goods, the one of the category with the higher number is sent back more often.
RETURN_RISK = {"books": 1, "music": 2, "kitchen": 3, "electronics": 5, "clothing": 8, "shoes": 9}

NOTES = (
    "Bitte klingeln 🔔 – danke!",
    "leave at n° 7, 2nd floor\nsecond line",
    "\\N",
    "path C:\\temp\\new\tand a tab",
    "من فضلك لا تطرق الباب",
    "שלום, \u200fאחרי 17:00",
    "請放在門口",
    "e\u0301 is not é, and 👨\u200d👩\u200d👧\u200d👦 is one family",
    "'; drop table orders; --",
    '"quoted", and then; some',
    "🇪🇺🏴\u200d☠️ gift",
    "",
)

REASONS = (
    "too small",
    "damaged 📦💥",
    "kommt zu spät",
    "не подошёл цвет",
    "気が変わった",
    "won't start",
    "wie \u201eneu\u201c?",
)
