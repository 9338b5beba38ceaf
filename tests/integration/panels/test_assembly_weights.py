"""What the members of an assembly stand for: the product of every step's chance, with joint chances for variances."""

import numpy as np
import pytest

from analytics.designs import design
from analytics.estimates import estimate
from panels.assemblies import weights
from panels.assemblies.models import Assembly
from panels.errors import AssemblyStepRefused
from tests.integration.panels.convening import Convening


async def convened(house: Convening) -> Assembly:
    await house.members(200)
    assembly = await house.recruit(await house.create(), sample=150)
    for number, token in enumerate(await house.tokens(assembly)):
        await house.say(token, yes=bool(number % 3))
    await house.close(assembly)
    await house.solve(assembly)
    await house.publish(assembly)
    return await house.draw(await house.now(assembly))


async def test_the_weights_of_a_panel_add_up_to_the_frame_and_carry_a_variance(house: Convening) -> None:
    assembly = await convened(house)
    async with house.databases.api.reading() as conn:
        found = await weights.of_seats(conn, assembly.id)
    assert [seat.ticket for seat in found.seats] == sorted(seat.ticket for seat in found.seats)
    for seat in found.seats:
        assert seat.weight == pytest.approx(1 / ((seat.invited or 1) * (seat.responded or 1) * seat.selected))
    assert sum(seat.weight for seat in found.seats) == pytest.approx(200, rel=0.25), "about the members there are"
    joint = np.array(found.joint)
    assert np.diag(joint) == pytest.approx([1 / seat.weight for seat in found.seats])
    made = design.make([seat.weight for seat in found.seats], pairwise=joint)
    share = estimate.mean(np.arange(len(found.seats)) % 2.0, made)
    assert share.se > 0


async def test_before_the_drawing_nobody_stands_for_anybody(house: Convening) -> None:
    assembly = await house.published()
    async with house.databases.api.reading() as conn:
        with pytest.raises(AssemblyStepRefused):
            await weights.of_seats(conn, assembly.id)
