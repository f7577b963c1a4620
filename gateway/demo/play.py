"""The whole demo, from an empty folder to a verified store: each step says what it is doing."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from gateway.demo import DemoFault, clearing, crowd, demand
from gateway.demo.client import Client, Measures
from gateway.demo.morning import Morning, Story
from gateway.demo.people import make_persons
from gateway.demo.phones import Phones, Watch
from gateway.demo.process import GatewayProcess, verify_store
from gateway.demo.summary import Report, show
from gateway.demo.visit import Desk
from gateway.demo.world import World, bring_in
from gateway.pb.medsettle.v1 import payment_service_pb2 as pay

_WIDTH = 120


class Options(NamedTuple):
    """What the command line said."""

    persons: int
    payments: int
    concurrency: int
    seed: int
    keep: Path | None


class Played(NamedTuple):
    """What happened while the gateway ran."""

    world: World
    desk: Desk
    stories: list[Story]
    crowd: Measures
    crowd_s: float
    cleared: clearing.Cleared
    refusals: Counter[str]


async def play(options: Options) -> None:
    """Plays the demo and prints it.

    Raises:
        DemoFault: something does not add up.
        Refused: the gateway refused what it should not.
    """
    console = Console() if Console().is_terminal else Console(width=_WIDTH)
    began = time.perf_counter()
    with folder_of(options.keep) as folder:
        gateway = GatewayProcess(folder)
        step(console, "starting a gateway in its own process, over a new SQLite file")
        try:
            await gateway.start()
            tell(console)(f"process {gateway.pid} listens on {gateway.address}")
            played = await _play_against(gateway, options, console)
            step(console, "stopping the gateway (SIGTERM)")
            await gateway.stop()
        except (DemoFault, BaseExceptionGroup) as error:
            if isinstance(first_fault(error), DemoFault) and await gateway.has_ended():
                raise DemoFault(f"the gateway ended in the middle of the demo: {gateway.last_log()}") from error
            raise
        finally:
            await gateway.kill()
        step(console, "medsettle verify: every invariant over the store it left")
        verified = await verify_store(gateway.store)
        console.print()
        show(
            console,
            Report(
                world=played.world, stories=played.stories, books=played.desk.books, cleared=played.cleared,
                crowd=played.crowd, crowd_s=played.crowd_s, payment_count=options.payments,
                refusals=dict(played.refusals), verified=verified,
                seconds=time.perf_counter() - began,
            ),
        )  # fmt: skip
        if options.keep is not None:
            console.print(f"kept: {options.keep}", highlight=False)


async def _play_against(gateway: GatewayProcess, options: Options, console: Console) -> Played:
    say = tell(console)
    client, phones = Client(gateway.address), Phones(gateway.outbox)
    watches: dict[str, Watch] = {}
    try:
        step(console, "the bureau brings in who is there, over the socket")
        world = await bring_in(client, gateway.bureau_token, make_persons(options.persons, options.seed), say)
        watches |= {channel_id: Watch(channel) for channel_id, channel in world.channels.items()}
        for watch in watches.values():
            watch.start()
        desk = Desk(world, watches, phones)
        step(console, "the morning begins: named patients, one after the other")
        stories = await Morning(desk, say).play()
        refusals = client.measures.refusals
        client.measures = Measures()
        step(console, f"{options.payments:,} payments by {options.concurrency} patients at a time")
        began = time.perf_counter()
        await _crowd(desk, options, console)
        crowd_s, crowd_measures = time.perf_counter() - began, client.measures
        client.measures = Measures()
        for channel_id, watch in watches.items():
            paid_count = desk.books.paid_by[channel_id]
            await watch.settle(pay.ORDER_EVENT_KIND_PAID, paid_count)
            heard_count = watch.counts[pay.ORDER_EVENT_KIND_PAID]
            demand(heard_count == paid_count, f"{channel_id} paid {paid_count} orders and heard of {heard_count}")
        say("each wallet heard of every order it paid (WatchOrders)")
        step(console, "noon: every institution's window is closed, its statement added up, and paid out")
        cleared = await clearing.clear(world, desk.books)
        say(f"{len(cleared.windows)} windows, {cleared.row_count:,} statement rows: they agree with the books")
        await clearing.add_up_accounts(world, cleared)
        say(f"{len(world.persons):,} personal accounts add up")
        refusals = refusals + crowd_measures.refusals + client.measures.refusals
        return Played(world, desk, stories, crowd_measures, crowd_s, cleared, refusals)
    finally:
        await asyncio.gather(*(watch.stop() for watch in watches.values()))
        await client.close()
        phones.close()


async def _crowd(desk: Desk, options: Options, console: Console) -> None:
    plans = crowd.make_plans(desk.world.persons, options.payments, options.seed)
    columns = (TextColumn("    payments"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("payments", total=options.payments)
        await crowd.play(desk, plans, options.concurrency, lambda: progress.advance(task))


def step(console: Console, text: str) -> None:
    """Says what comes now."""
    console.print(f"[bold]==> {text}", highlight=False)


def tell(console: Console) -> Callable[[str], None]:
    """Gives what says what was done."""
    return lambda text: console.print(f"    {text}", highlight=False, soft_wrap=True)


@contextmanager
def folder_of(keep: Path | None) -> Iterator[Path]:
    """The folder of store, outbox and log: one that is kept, or one that goes with the demo."""
    with ExitStack() as stack:
        if keep is None:
            yield Path(stack.enter_context(TemporaryDirectory(prefix="medsettle-demo-")))
            return
        keep.mkdir(parents=True, exist_ok=True)
        demand(not any(keep.iterdir()), f"{keep} is not empty: name a new folder to keep the store in")
        yield keep.absolute()


def first_fault(error: BaseException) -> BaseException:
    """What went wrong first, out of the groups that concurrent tasks raise."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
