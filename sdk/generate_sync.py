"""Write the blocking client from the asyncio one: `python sdk/generate_sync.py [--check]`.

The source is written once, for asyncio. Each module in MODULES is rewritten token by token into `samenspraak/sync/`:
`async` and `await` go, `AsyncX` becomes `X`, the asynchronous protocol names become the plain ones, and imports between
the modules follow.
With `--check` nothing is written; exit code 1 says which files are out of date.
"""

import argparse
import io
import re
import subprocess
import sys
import tokenize
from pathlib import Path

SOURCE = Path(__file__).parent / "src" / "samenspraak"
TARGET = SOURCE / "sync"
MODULES = (
    "session",
    "paging",
    "applications",
    "audits",
    "questionnaires",
    "assemblies",
    "recruiting",
    "sources",
    "calls",
    "letters",
    "microdata",
    "paper",
    "staff",
    "client",
)
NAMES = {
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "__anext__": "__next__",
    "StopAsyncIteration": "StopIteration",
    "aclose": "close",
}
TEXTS = (
    (re.compile(r"\basync (with|for|def)\b"), r"\1"),
    (re.compile(r"\bawait "), ""),
    (re.compile(r"\bAsync(?=[A-Z])"), ""),
    (
        re.compile(r"The client for asyncio\. `samenspraak\.sync\.client` is generated from this file\."),
        "The blocking client.",
    ),
)


def blocking(source: str, name: str) -> str:
    """The blocking version of one module, formatted."""
    edits: list[tuple[int, int, str]] = []
    starts = _line_starts(source)
    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    for token in tokens:
        begin = starts[token.start[0] - 1] + token.start[1]
        end = starts[token.end[0] - 1] + token.end[1]
        if token.type == tokenize.NAME and token.string in {"async", "await"}:
            while source[end] == " ":
                end += 1
            edits.append((begin, end, ""))
        elif token.type == tokenize.NAME:
            edits.append((begin, end, _name(token.string)))
        elif token.type in {tokenize.STRING, tokenize.COMMENT}:
            edits.append((begin, end, _text(token.string)))
    result = source
    for begin, end, text in sorted(edits, reverse=True):
        result = result[:begin] + text + result[end:]
    result = re.sub(rf"\bfrom samenspraak\.({'|'.join(MODULES)}) import\b", r"from samenspraak.sync.\1 import", result)
    note = f"# Generated from samenspraak/{name}.py by sdk/generate_sync.py; change that file and run it again.\n"
    return _formatted(note + result, name)


def _line_starts(source: str) -> list[int]:
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts


def _name(word: str) -> str:
    if word in NAMES:
        return NAMES[word]
    return word.removeprefix("Async") if re.match(r"Async[A-Z]", word) else word


def _text(text: str) -> str:
    for pattern, replacement in TEXTS:
        text = pattern.sub(replacement, text)
    return text


def _formatted(source: str, name: str) -> str:
    """Lines that became shorter may now fit: the project's formatter decides, so that its check holds here too."""
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(TARGET / f"{name}.py"), "-"]
    done = subprocess.run(command, input=source, capture_output=True, text=True, check=True)
    return done.stdout


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write samenspraak.sync from the asyncio client.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file is out of date")
    check = parser.parse_args(argv).check
    stale: list[str] = []
    for name in MODULES:
        wanted = blocking((SOURCE / f"{name}.py").read_text(encoding="utf-8"), name)
        target = TARGET / f"{name}.py"
        if not target.exists() or target.read_text(encoding="utf-8") != wanted:
            stale.append(target.name)
            if not check:
                TARGET.mkdir(exist_ok=True)
                target.write_text(wanted, encoding="utf-8")
    if check and stale:
        print(f"sdk/src/samenspraak/sync is out of date ({', '.join(stale)}): run python sdk/generate_sync.py")
        return 1
    print(f"sync client: {len(MODULES)} modules, {len(stale)} {'stale' if check else 'written'}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
