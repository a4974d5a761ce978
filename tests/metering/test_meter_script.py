"""meter.lua against a plain model of what it promises."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
import redis as blocking_redis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from service.metering.counters import ADVANCE_ITEMS, SCRIPTS
from service.metering.usage import UNITS

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "tg:{org_model}:usage"
DAYS = ("2026-07-01", "2026-07-02")
LINKS = ("lnk_A", "lnk_B", "lnk_C")
EPOCHS = ("e1", "2026-06.e2", "2026-07.e3")
BUDGETED = ("renders", "pixels", "bytes", "queries")
WIDTH = 10

items = st.fixed_dictionaries(
    {
        "link": st.sampled_from(LINKS),
        "version": st.integers(0, 3),
        "units": st.tuples(*(st.sampled_from([0, 0, 1, 2, 2**40]) for _ in UNITS)),
        "caps": st.tuples(*(st.sampled_from(["-", "-", 0, 1, 3, 2**41]) for _ in range(3))),
    }
)
batches = st.lists(items, max_size=5)


def argument(item: dict[str, Any]) -> str:
    return spaced(item["link"], item["version"], *item["units"], *item["caps"])


def spaced(*parts: str | int) -> str:
    return " ".join(map(str, parts))


def month_of(epoch: str, day: str) -> str:
    return epoch[:7] if epoch[7:8] == "." else day[:7]


class Model:
    """What the counters should be, in plain words."""

    def __init__(self) -> None:
        self.totals: Counter[str] = Counter()
        self.versions: dict[str, int] = {}
        self.given: dict[str, tuple[int, str]] = {}
        self.used: set[str] = set()
        self.months: Counter[tuple[str, str]] = Counter()
        self.budget: tuple[int, list[Any]] | None = None

    def charge(self, item: dict[str, Any], day: str, epoch: str) -> str:
        link, units = item["link"], dict(zip(UNITS, item["units"], strict=True))
        if item["version"] < self.versions.get(link, 0):
            return "r"
        for unit, cap in zip(("renders", "bytes", "views"), item["caps"], strict=True):
            if cap != "-" and units[unit] and self.totals[f"t:{link}:{unit}"] + units[unit] > cap:
                return "l"
        month = month_of(epoch, day)
        for unit, most in zip(BUDGETED, self.budget[1] if self.budget else [], strict=False):
            if most != "-" and units[unit] and self.months[month, unit] + units[unit] > most:
                return "b"
        self.months.update({(month, unit): units[unit] for unit in BUDGETED})
        for unit, amount in units.items():
            for field in (f"o:{day}:{unit}", f"l:{epoch}:{link}:{day}:{unit}", f"t:{link}:{unit}"):
                self.totals[field] += amount
        self.used.add(link)
        return "c"

    def share(self, epoch: str, link: str, day: str) -> list[int]:
        return [self.totals[f"l:{epoch}:{link}:{day}:{unit}"] for unit in UNITS]

    def advance(self, epoch: str, link: str, day: str, share: list[int]) -> None:
        for unit, known, told in zip(UNITS, self.share(epoch, link, day), share, strict=True):
            for field in (f"o:{day}:{unit}", f"l:{epoch}:{link}:{day}:{unit}", f"t:{link}:{unit}"):
                self.totals[field] += max(0, told - known)
            if unit in BUDGETED:
                self.months[month_of(epoch, day), unit] += max(0, told - known)
        self.used.add(link)


class MeterScript(RuleBasedStateMachine):
    """Batches of several workers, in order, again, out of order; changed links; a lost hash."""

    client: blocking_redis.Redis

    def __init__(self) -> None:
        super().__init__()
        self.client.delete(KEY)
        self.run = self.client.register_script((SCRIPTS / "meter.lua").read_text())
        self.advance = self.client.register_script((SCRIPTS / "advance.lua").read_text())
        self.set_budget = self.client.register_script((SCRIPTS / "set_budget.lua").read_text())
        self.raise_ = self.client.register_script((SCRIPTS / "raise_version.lua").read_text())
        self.model: Model | None = None

    @property
    def zone(self) -> bytes:
        return b"Asia/Tokyo" if self.model is not None and self.model.budget else b""

    def send(self, epoch: str, seq: int, day: str, batch: list[dict[str, Any]]) -> Any:
        return self.run(keys=[KEY], args=[epoch, seq, day, 1_780_000_000_000 + seq, *map(argument, batch)])

    @rule(totals=st.dictionaries(st.sampled_from(LINKS), st.integers(1, 3)))
    @precondition(lambda self: self.model is None)
    def restore(self, totals: dict[str, int]) -> None:
        self.model = Model()
        self.model.versions = dict(totals)
        self.client.hset(KEY, mapping={"rev": "restored", "months": 1} | {f"v:{link}": n for link, n in totals.items()})

    @rule()
    @precondition(lambda self: self.model is not None)
    def lose_the_hash(self) -> None:
        self.client.delete(KEY)
        self.model = None

    @rule(epoch=st.sampled_from(EPOCHS), seq=st.integers(1, 4), batch=batches)
    @precondition(lambda self: self.model is None)
    def send_without_a_hash(self, epoch: str, seq: int, batch: list[dict[str, Any]]) -> None:
        assert self.send(epoch, seq, DAYS[0], batch) == [b"restore"]
        assert not self.client.exists(KEY)

    @rule(epoch=st.sampled_from(EPOCHS), day=st.sampled_from(DAYS), batch=batches)
    @precondition(lambda self: self.model is not None)
    def send_the_next(self, epoch: str, day: str, batch: list[dict[str, Any]]) -> None:
        assert self.model is not None
        seq = self.model.given.get(epoch, (0, ""))[0] + 1
        revision = self.client.hget(KEY, "rev")
        letters = "".join(self.model.charge(item, day, epoch) for item in batch)
        assert self.send(epoch, seq, day, batch) == [b"ok", letters.encode(), self.zone]
        assert self.client.hget(KEY, "rev") != revision
        self.model.given[epoch] = (seq, letters)

    @rule(epoch=st.sampled_from(EPOCHS), back=st.integers(0, 2), batch=batches)
    @precondition(lambda self: self.model is not None and self.model.given)
    def send_again(self, epoch: str, back: int, batch: list[dict[str, Any]]) -> None:
        assert self.model is not None
        last, letters = self.model.given.get(epoch, (0, ""))
        if last - back >= 1:
            before = self.client.hgetall(KEY)
            assert self.send(epoch, last - back, DAYS[1], batch) == [b"ok", letters.encode(), self.zone]
            assert self.client.hgetall(KEY) == before

    @rule(epoch=st.sampled_from(EPOCHS), ahead=st.integers(2, 5), batch=batches)
    @precondition(lambda self: self.model is not None)
    def send_too_far_ahead(self, epoch: str, ahead: int, batch: list[dict[str, Any]]) -> None:
        assert self.model is not None
        last = self.model.given.get(epoch, (0, ""))[0]
        before = self.client.hgetall(KEY)
        assert self.send(epoch, last + ahead, DAYS[0], batch) == [b"gap", str(last).encode()]
        assert self.client.hgetall(KEY) == before

    @rule(
        epoch=st.sampled_from(EPOCHS),
        ahead=st.integers(-2, 3),
        told=st.dictionaries(
            st.tuples(st.sampled_from(LINKS), st.sampled_from(DAYS)),
            st.tuples(*(st.integers(-3, 3) for _ in UNITS)),
            max_size=3,
        ),
        whole=st.booleans(),
    )
    @precondition(lambda self: self.model is not None)
    def tell_again(self, epoch: str, ahead: int, told: dict[tuple[str, str], tuple[int, ...]], whole: bool) -> None:
        """A worker's shares, known better or worse than they are in Redis."""
        assert self.model is not None
        seq, before = max(1, self.model.given.get(epoch, (0, ""))[0] + ahead), self.client.hgetall(KEY)
        shares = {
            place: [max(0, known + more) for known, more in zip(self.model.share(epoch, *place), moves, strict=True)]
            for place, moves in told.items()
        }
        parts = [part for place, share in shares.items() for part in (*place, *share)]
        head = [epoch, seq, "cr", 1_780_000_000_000, f"told:{seq}:{len(before)}", int(whole)]
        assert self.advance(keys=[KEY], args=[*head, *parts]) == [b"ok"]
        if seq <= self.model.given.get(epoch, (0, ""))[0]:
            assert self.client.hgetall(KEY) == before
            return
        for place, share in shares.items():
            self.model.advance(epoch, *place, share)
        if whole:
            self.model.given[epoch] = (seq, "cr")

    @rule(link=st.sampled_from(LINKS), version=st.integers(1, 4))
    def raise_version(self, link: str, version: int) -> None:
        answer = self.raise_(keys=[KEY], args=[link, version])
        if self.model is None:
            assert answer == [b"restore"]
        else:
            assert answer == [b"ok"]
            self.model.versions[link] = max(version, self.model.versions.get(link, 0))

    @rule(version=st.integers(1, 5), limits=st.tuples(*(st.sampled_from(["-", 0, 3, 6, 2**41]) for _ in BUDGETED)))
    def decide_on_a_budget(self, version: int, limits: tuple[Any, ...]) -> None:
        answer = self.set_budget(keys=[KEY], args=[version, spaced(version, "Asia/Tokyo", *limits)])
        if self.model is None:
            assert answer == [b"restore"]
            return
        assert answer == [b"ok"]
        if self.model.budget is None or version > self.model.budget[0]:
            self.model.budget = version, list(limits)

    @invariant()
    def the_hash_is_what_the_model_says(self) -> None:
        fields = {name.decode(): value.decode() for name, value in self.client.hgetall(KEY).items()}
        if self.model is None:
            assert fields == {}
            return
        counted = {name: int(value) for name, value in fields.items() if name[:2] in {"o:", "l:", "t:"}}
        assert counted == {name: value for name, value in self.model.totals.items() if value}
        texts = {name[2:]: value.split() for name, value in fields.items() if name[:2] == "p:"}
        months = {month: dict(zip(BUDGETED, text, strict=True)) for month, text in texts.items()}
        told = {(month, unit): int(amount) for month, used in months.items() for unit, amount in used.items()}
        assert +Counter(told) == +self.model.months
        assert {name[2:]: int(value) for name, value in fields.items() if name[:2] == "v:"} == self.model.versions
        assert {name[2:] for name in fields if name[:2] == "u:"} == self.model.used
        assert {name[2:]: value.split(":")[:2] for name, value in fields.items() if name[:2] == "e:"} == {
            epoch: [str(seq), letters] for epoch, (seq, letters) in self.model.given.items()
        }

    @invariant()
    def totals_agree_with_each_other(self) -> None:
        sums: Counter[tuple[str, str]] = Counter()
        for name, value in self.client.hgetall(KEY).items():
            kind, unit = name.decode().partition(":")[0], name.decode().rpartition(":")[2]
            if kind in {"o", "l", "t"}:
                sums[kind, unit] += int(value)
        for one, other in pairwise("olt"):
            assert all(sums[one, unit] == sums[other, unit] for unit in UNITS)


@pytest.fixture
def client(valkey_url: str) -> Iterator[blocking_redis.Redis]:
    with blocking_redis.Redis.from_url(valkey_url) as opened:
        yield opened


def test_the_script_does_what_the_model_says(client: blocking_redis.Redis) -> None:
    machine = type("MeterScriptHere", (MeterScript,), {"client": client})
    checks = settings(max_examples=60, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(machine, settings=checks)  # type: ignore[no-untyped-call]


def test_the_largest_batch_of_different_links_fits(client: blocking_redis.Redis) -> None:
    script = client.register_script((SCRIPTS / "meter.lua").read_text())
    client.hset(KEY, "rev", "1")
    batch = [spaced(f"lnk_{n:020}", *[1] * 8, 9, 9, 9) for n in range(256)]
    assert script(keys=[KEY], args=["e1", 1, DAYS[0], 1, *batch]) == [b"ok", b"c" * 256, b""]
    assert client.hget(KEY, f"o:{DAYS[0]}:bytes") == b"256"


def test_counting_stays_exact_up_to_nine_petabytes(client: blocking_redis.Redis) -> None:
    script = client.register_script((SCRIPTS / "meter.lua").read_text())
    client.hset(KEY, mapping={"rev": "1", "t:lnk_A:bytes": 2**53 - 3})
    item = spaced("lnk_A", 1, 0, 0, 1, 0, 0, 0, 0, "-", 2**53 - 1, "-")
    assert script(keys=[KEY], args=["e1", 1, DAYS[0], 1, item, item, item]) == [b"ok", b"ccl", b""]
    assert client.hget(KEY, "t:lnk_A:bytes") == str(2**53 - 1).encode()


def test_the_largest_part_of_a_tally_fits(client: blocking_redis.Redis) -> None:
    script = client.register_script((SCRIPTS / "advance.lua").read_text())
    client.hset(KEY, "rev", "1")
    items = [part for n in range(ADVANCE_ITEMS) for part in (f"lnk_{n:020}", f"2026-07-{n % 28 + 1:02}", *[1] * 7)]
    assert script(keys=[KEY], args=["e1", 9, "c", 1, "told", 1, *items]) == [b"ok"]
    assert client.hget(KEY, f"t:lnk_{ADVANCE_ITEMS - 1:020}:bytes") == b"1"


def test_each_call_writes_with_exactly_one_command(client: blocking_redis.Redis) -> None:
    """Two would become MULTI … EXEC in the append-only file, which a power cut can tear."""
    script = client.register_script((SCRIPTS / "meter.lua").read_text())
    client.hset(KEY, "rev", "1")
    item = spaced("lnk_A", 1, 1, 1, 5, 1, 1, 1, 1, 2, "-", "-")
    calls = [
        (["e1", 1, DAYS[0], 1, item, item, item], 1),
        (["e1", 1, DAYS[0], 1, item], 0),
        (["e1", 9, DAYS[0], 1, item], 0),
        (["e1", 2, DAYS[0], 1], 1),
    ]
    for args, writes in calls:
        client.config_resetstat()
        script(keys=[KEY], args=args)
        stats = client.info("commandstats")
        assert stats.get("cmdstat_hset", {"calls": 0})["calls"] == writes
        assert set(stats) <= {"cmdstat_hset", "cmdstat_hmget", "cmdstat_hexists", "cmdstat_evalsha", "cmdstat_eval",
                              "cmdstat_info", "cmdstat_config|resetstat", "cmdstat_script|load"}  # fmt: skip
