create schema outside_raw;
create table outside_raw.visit_log (id int primary key, visitor text);
insert into outside_raw.visit_log values (1, 'ann'), (2, 'cy'), (3, null), (4, 'it');
