"""`python -m clients.generate` writes the files; with --check it says which are out of date, and writes none."""

from __future__ import annotations

import sys

from clients.generate.files import ROOT, generated


def main(words: list[str]) -> int:
    """Write or compare; return the exit code."""
    is_check = "--check" in words
    stale = [path for path, text in generated().items() if not path.exists() or path.read_text() != text]
    for path in stale:
        print(f"{'out of date' if is_check else 'written'}: {path.relative_to(ROOT)}")  # noqa: T201
    if is_check:
        return 1 if stale else 0
    texts = generated()
    for path in stale:
        path.write_text(texts[path])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
