"""Forms as one accessible PDF (PDF/UA-1 and PDF/A-2a), each on sheets of its own, for printing on both sides.

The same forms give the same bytes: a form that is lost is printed again. Fonts are those inside typst.
"""

from collections.abc import Sequence
from datetime import datetime
from importlib.resources import as_file, files

import msgspec
import typst

from service.paper.layout import Printed
from service.render.qr import drawn


def render(forms: Sequence[Printed], *, made_at: datetime) -> bytes:
    """The PDF of these forms, in their order.

    Args:
        made_at: the date in the document's properties.

    Raises:
        typst.TypstError: the document breaks a rule of the standards it claims.
    """
    day = made_at.replace(hour=0, minute=0, second=0, microsecond=0)
    laid_out = [{**msgspec.to_builtins(form), "qr": _square("".join(form.code))} for form in forms]
    data = {"date": [day.year, day.month, day.day], "forms": laid_out}
    with as_file(files("service.paper") / "templates") as folder:
        document = typst.compile(
            str(folder / "form.typ"),
            root=str(folder),
            format="pdf",
            pdf_standards=["ua-1", "a-2a"],
            ignore_system_fonts=True,
            timestamp=int(day.timestamp()),
            sys_inputs={"data": msgspec.json.encode(data).decode()},
        )
    return bytes(document)


def _square(code: str) -> str:
    """The code as a QR drawing, read from a sheet that came loose; empty without one."""
    if not code:
        return ""
    path, size = drawn(code)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}"><path d="{path}"/></svg>'
