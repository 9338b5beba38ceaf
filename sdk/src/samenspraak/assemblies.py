"""Assemblies drawn by public lottery, for staff: from the plan through pool and drawing to the seats."""

from collections.abc import Sequence

from samenspraak import core, errors
from samenspraak.lifecycle import next_interval
from samenspraak.paging import AsyncPages
from samenspraak.session import AsyncSession
from samenspraak.types.assembly import (
    Assembly,
    AssemblyRequest,
    AssemblyState,
    AssemblyWeights,
    DeclineRequest,
    DrawnValueRequest,
    PoolOutcome,
    QuotaRequest,
    QuotasRequest,
    RandomnessRequest,
    RecruitRequest,
    RelaxRequest,
    ReplacementRequest,
    Reserve,
    Seat,
    SeatingRequest,
    StandInRequest,
)
from samenspraak.types.audit import Reason
from samenspraak.types.lottery import LotteryFile


class AsyncAssemblies:
    """Every step answers with the assembly as it is afterwards.

    Every step may raise Conflict: the assembly stands elsewhere, or its lottery is public and this would change it.
    """

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def create(self, request: AssemblyRequest) -> Assembly:
        """Plan an assembly; the commitment to the seed of its lottery is in the answer.

        Raises:
            ValidationFailed: with every fault: texts, quotas against the size, a public number that is known already.
        """
        return await self._session.post("/v1/staff/assemblies", Assembly, request)

    def list(self, *, state: AssemblyState | None = None, limit: int = 50) -> AsyncPages[Assembly]:
        """Assemblies, newest first."""
        return AsyncPages(self._session, "/v1/staff/assemblies", Assembly, state=state, limit=limit)

    async def get(self, assembly_id: str) -> Assembly:
        return await self._session.get(core.path("/v1/staff/assemblies/{}", assembly_id), Assembly)

    async def recruit(self, assembly_id: str, request: RecruitRequest | None = None) -> Assembly:
        """draft -> recruiting: mails members a link to say yes or no."""
        return await self._post(assembly_id, "recruit", request or RecruitRequest())

    async def load_volunteers(self, assembly_id: str, csv: bytes | str, *, dry_run: bool = False) -> PoolOutcome:
        """Hand in a list of volunteers that is kept elsewhere; it replaces the one before.

        Args:
            csv: columns `id`, one per feature with a quota, and `household` where people share an address.
            dry_run: check every row, take nobody in.

        Raises:
            ValidationFailed: every fault with row and column; nobody is taken in then.
        """
        path = core.path("/v1/staff/assemblies/{}/volunteers", assembly_id)
        content = csv.encode() if isinstance(csv, str) else csv
        return await self._session.post_csv(path, PoolOutcome, content, dry_run=dry_run)

    async def close_pool(self, assembly_id: str) -> Assembly:
        """recruiting -> pool closed: fixes who is in and what the lottery knows of each."""
        return await self._post(assembly_id, "close-pool")

    async def change_quotas(self, assembly_id: str, quotas: Sequence[QuotaRequest], *, why: str) -> Assembly:
        """Replace all quotas; `why` goes into the audit trail.

        Raises:
            ValidationFailed: with every fault.
        """
        return await self._post(assembly_id, "quotas", QuotasRequest(quotas=tuple(quotas), why=why))

    async def relax(self, assembly_id: str, *, why: str) -> Assembly:
        """impossible -> pool closed, with the cheapest change of quotas that was found."""
        return await self._post(assembly_id, "relax", RelaxRequest(why=why))

    async def name_randomness(self, assembly_id: str, randomness: RandomnessRequest) -> Assembly:
        """Name another public number, before anything is published."""
        return await self._post(assembly_id, "randomness", randomness)

    async def solve(self, assembly_id: str) -> Assembly:
        """pool closed -> solving; `solved` waits for what comes out."""
        return await self._post(assembly_id, "solve")

    async def solved(self, assembly_id: str, *, timeout: float = 600.0) -> Assembly:
        """Wait until the calculation has ended: `solved`, or `impossible` with the explanation.

        Raises:
            WaitTimedOut: it has not ended within `timeout` seconds.
        """
        transport = self._session.transport
        started, pause = transport.monotonic(), 0.0
        while True:
            found = await self.get(assembly_id)
            if found.state != "solving":
                return found
            pause = next_interval(pause, 5.0)
            left = timeout - (transport.monotonic() - started)
            if left <= 0:
                raise errors.WaitTimedOut(f"Assembly {assembly_id} is still `solving`.", audit=None)
            await transport.sleep(min(pause, left))

    async def publish(self, assembly_id: str) -> Assembly:
        """solved -> published: from here on nothing about the lottery changes.

        Raises:
            ValidationFailed: the public number is known already: name another one.
        """
        return await self._post(assembly_id, "publish")

    async def lottery(self, assembly_id: str, *, round: int | None = None) -> LotteryFile:
        """A published lottery, the latest unless `round` says which."""
        return await self._session.get(
            core.path("/v1/staff/assemblies/{}/lottery", assembly_id), LotteryFile, round=round
        )

    async def reserve(self, assembly_id: str, *, count: int = 6, expected: float = 0.2) -> Reserve:
        """Whom to ask to stand by, and how much that is expected to help.

        Args:
            expected: share of people expected to drop out.
        """
        path = core.path("/v1/staff/assemblies/{}/reserve", assembly_id)
        return await self._session.get(path, Reserve, count=count, expected=str(expected))

    async def stand_in(self, assembly_id: str, people: Sequence[str], *, why: str) -> Assembly:
        """Let people who stood by take the free seats, when there is no time for another lottery.

        Args:
            people: ids of those who can come, as `reserve` gives them.
        """
        return await self._post(assembly_id, "stand-ins", StandInRequest(people=tuple(people), why=why))

    async def weights(self, assembly_id: str) -> AssemblyWeights:
        """What each member of the panel stands for: base weight by step, and joint chances for variances."""
        return await self._session.get(core.path("/v1/staff/assemblies/{}/weights", assembly_id), AssemblyWeights)

    async def pool_table(self, assembly_id: str) -> bytes:
        """The confidential table whose SHA-256 is `pool_hash` of the latest lottery, byte for byte."""
        path = core.path("/v1/staff/assemblies/{}/pool-table", assembly_id)
        return await self._session.get_bytes(path, accept="application/json")

    async def enter_value(self, assembly_id: str, value: str) -> Assembly:
        """Enter the public number, once it is known.

        Raises:
            ValidationFailed: it cannot be known yet.
        """
        return await self._post(assembly_id, "drawing", DrawnValueRequest(value=value))

    async def confirm_value(self, assembly_id: str, value: str) -> Assembly:
        """published -> drawn, by a second person with a key of their own, who looked the number up too.

        Raises:
            ValidationFailed: another number, or the same key.
        """
        return await self._post(assembly_id, "drawing/confirm", DrawnValueRequest(value=value))

    def seats(self, assembly_id: str) -> AsyncPages[Seat]:
        """Seats by ticket, with what became of each."""
        return AsyncPages(self._session, core.path("/v1/staff/assemblies/{}/seats", assembly_id), Seat)

    async def confirm_seat(self, assembly_id: str, seat_id: str) -> Assembly:
        """Record that somebody takes the seat."""
        return await self._session.post(
            core.path("/v1/staff/assemblies/{}/seats/{}/confirm", assembly_id, seat_id), Assembly
        )

    async def decline_seat(self, assembly_id: str, seat_id: str, *, why: str) -> Assembly:
        """Record that somebody gives the seat back; `why` says how it is known, without a name."""
        path = core.path("/v1/staff/assemblies/{}/seats/{}/decline", assembly_id, seat_id)
        return await self._session.post(path, Assembly, DeclineRequest(why=why))

    async def replace(self, assembly_id: str, randomness: RandomnessRequest) -> Assembly:
        """drawn -> pool closed of a further lottery, for the seats that were given back."""
        return await self._post(assembly_id, "replace", ReplacementRequest(randomness=randomness))

    async def seat(self, assembly_id: str, *, accept_fewer: str = "") -> Assembly:
        """drawn -> seated: the assembly can begin; with fewer people only for a reason."""
        return await self._post(assembly_id, "seat", SeatingRequest(accept_fewer=accept_fewer))

    async def end(self, assembly_id: str) -> Assembly:
        """seated -> ended."""
        return await self._post(assembly_id, "end")

    async def cancel(self, assembly_id: str, reason: str) -> Assembly:
        """-> cancelled, with a public reason; before the drawing only."""
        return await self._post(assembly_id, "cancel", Reason(reason=reason))

    async def _post(self, assembly_id: str, name: str, body: object = None) -> Assembly:
        return await self._session.post(core.path("/v1/staff/assemblies/{}/" + name, assembly_id), Assembly, body)
