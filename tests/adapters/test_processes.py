import multiprocessing
import os

import pytest

import crews
from minidata.adapters.processes import WORTH_WORKERS, Crew
from minidata.core.secrecy.secrets import Redactor


def done_by(workers: int, lanes: str, *, size: int = WORTH_WORKERS) -> list[crews.Done]:
    """Let an item be done for each of *lanes*, of which a space is none; return what was done, in its order."""
    items = [crews.Item(number, lane.strip(), size) for number, lane in enumerate(lanes)]
    with Crew(workers, crews.begin, None, Redactor()) as crew:
        return list(crew.each(crews.do, items))


def test_this_process_works_beside_the_others() -> None:
    done = done_by(2, " " * 20)

    assert sorted(one.item.number for one in done) == list(range(20))
    others = {one.process for one in done} - {os.getpid()}
    assert len(others) == 1
    assert os.getpid() in {one.process for one in done}


def test_little_work_is_done_in_this_process_alone() -> None:
    assert {one.process for one in done_by(2, " " * 20, size=1)} == {os.getpid()}


def test_what_is_in_one_lane_is_done_in_its_order() -> None:
    done = [one.item for one in done_by(2, "a ba ab  b a")]

    assert len(done) == 12
    for lane in "ab":
        numbers = [item.number for item in done if item.lane == lane]
        assert numbers == sorted(numbers)


def test_what_fails_here_ends_the_others_too() -> None:
    def fails(item: crews.Item) -> crews.Done:
        raise ValueError(item.number)

    items = [crews.Item(number, "", WORTH_WORKERS) for number in range(9)]
    with pytest.raises(ValueError, match="0"), Crew(2, crews.begin, None, Redactor()) as crew:
        list(crew.each(fails, items))

    assert multiprocessing.active_children() == []
