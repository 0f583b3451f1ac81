"""Reads source files for the checks in this folder: which text is code, where its blocks and functions are."""

import pathlib
import re
import subprocess
from dataclasses import dataclass, field

BLOCK_KEYWORD = re.compile(r"(?<![\w.`#])(if|else|guard|for|while|repeat|switch|do|catch|defer)\b(?!\s*:)")
REGEX_LITERAL = re.compile(r"/(?![ \t])(?:[^/\\\n]|\\.)+/")
BEFORE_REGEX = re.compile(r"(?:[(=,:\[]|\breturn|^)[ \t]*$")
TYPE_HEADER = re.compile(r"(?<![\w.`])(struct|class|actor|enum|protocol|extension)\s+[\w.`]+")


@dataclass
class Block:
    """One `{ … }`: its offsets, the text before it that belongs to it, and the block around it."""

    opening: int
    header: str
    parent: "Block | None"
    closing: int = -1

    def keyword(self):
        """The control-flow word that opens the block, or None for closures, functions and types."""
        found = [m for m in BLOCK_KEYWORD.finditer(self.header) if _balanced(self.header[m.end():])]
        return found[-1].group(1) if found else None

    def type_kind(self):
        """`struct`, `protocol`, … when the block is the body of a type."""
        found = [m for m in TYPE_HEADER.finditer(self.header)]
        return found[-1].group(1) if found and not re.search(r"\b(func|init|var)\b", self.header[found[-1].end():]) else None


@dataclass
class Code:
    """A source file with comments and string contents blanked out; offsets and lines are those of the file."""

    text: str
    comments_kept: str
    literals: list = field(default_factory=list)

    def line(self, offset):
        return self.text.count("\n", 0, offset) + 1


def _balanced(text):
    return text.count("(") == text.count(")") and text.count("[") == text.count("]")


def project_files(root):
    """Every file of the project under `root`: tracked or new, not ignored; all files where there is no git."""
    root = pathlib.Path(root)
    if not (root / ".git").exists():
        return sorted(p for p in root.rglob("*") if p.is_file())
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, check=True, capture_output=True).stdout.decode().split("\0")
    return sorted({root / n for n in names if n and (root / n).is_file() and not (root / n).is_symlink()})


def language(path):
    """`swift`, `c`, `python` or `shell` by suffix, else by the `#!` line; None for everything else."""
    known = {".swift": "swift", ".c": "c", ".h": "c", ".py": "python", ".sh": "shell"}
    if path.suffix:
        return known.get(path.suffix)
    with path.open("rb") as file:
        first = file.readline(200)
    if not first.startswith(b"#!"):
        return None
    return "python" if b"python" in first else "shell" if re.search(rb"\b(ba|da)?sh\b", first) else None


def read(path):
    return path.read_text(encoding="utf-8", errors="replace")


class _Scanner:
    """Walks Swift or C text once and blanks what is not code. Code inside `\\( … )` of a string stays."""

    START = {
        "swift": re.compile(r'//|/\*|#*"|#*/|[()]'),
        "c": re.compile(r"//|/\*|\"|'|[()]"),
    }

    def __init__(self, text, lang):
        self.source, self.lang = text, lang
        self.out = list(text)
        self.commented = list(text)
        self.literals = []
        self.start = self.START[lang]

    def blank(self, begin, end, comment=False):
        for k in range(begin, min(end, len(self.source))):
            if self.source[k] != "\n":
                self.out[k] = " "
                if comment:
                    continue
                self.commented[k] = " "

    def code(self, position, interpolation=False):
        """Scans code from `position`; with `interpolation`, up to and past the `)` that closes it."""
        depth = 1
        while found := self.start.search(self.source, position):
            token, position = found.group(), found.end()
            if token == "(":
                depth += 1
            elif token == ")":
                depth -= 1
                if interpolation and depth == 0:
                    return position
            elif token in ("//", "/*"):
                position = self.comment(found.start(), token)
            elif token == "'":
                position = self.string(found.start(), "'", "")
            elif token == "/":
                position = self.bare_regex(found.start())
            elif token.endswith("/"):
                position = self.extended_regex(found.start(), token)
            else:
                position = self.open_string(found.start(), token)
        return len(self.source)

    def comment(self, begin, token):
        if token == "//":
            end = self.source.find("\n", begin)
            end = len(self.source) if end < 0 else end
        else:
            end = self.block_comment_end(begin + 2)
        self.blank(begin, end, comment=True)
        return end

    def block_comment_end(self, position):
        depth = 1
        while depth and (found := re.compile(r"/\*|\*/").search(self.source, position)):
            nests = found.group() == "/*" and self.lang == "swift"
            depth += 1 if nests else (-1 if found.group() == "*/" else 0)
            position = found.end()
        return position if depth == 0 else len(self.source)

    def bare_regex(self, begin):
        """Blanks `/…/` where an operand may begin; elsewhere a slash is a division."""
        line_start = self.source.rfind("\n", 0, begin) + 1
        found = REGEX_LITERAL.match(self.source, begin)
        if found is None or not BEFORE_REGEX.search(self.source[line_start:begin]):
            return begin + 1
        self.blank(begin, found.end())
        return found.end()

    def extended_regex(self, begin, token):
        closing = "/" + "#" * (len(token) - 1)
        end = self.source.find(closing, begin + len(token))
        end = len(self.source) if end < 0 else end + len(closing)
        self.blank(begin, end)
        return end

    def open_string(self, begin, token):
        hashes = token[:-1]
        triple = self.lang == "swift" and self.source.startswith('"""', begin + len(hashes))
        return self.string(begin, '"""' if triple else '"', hashes)

    def string(self, begin, quote, hashes):
        """Blanks a literal from its first `#` or quote; returns the offset behind it."""
        position = begin + len(hashes) + len(quote)
        content, closing, escape = position, quote + hashes, "\\" + hashes
        while position < len(self.source) and not self.source.startswith(closing, position):
            if self.source.startswith(escape, position):
                self.blank(content, position)
                position += len(escape)
                if self.lang == "swift" and self.source.startswith("(", position):
                    position = content = self.code(position + 1, interpolation=True)
                else:
                    position += 1
                continue
            if len(quote) == 1 and self.source[position] == "\n":
                break
            position += 1
        end = min(len(self.source), position + len(closing))
        self.literals.append((begin, self.source[begin + len(hashes) + len(quote):position]))
        self.blank(content, position)
        self.blank(begin, begin + len(hashes) + len(quote))
        self.blank(position, end)
        return end


def scan(text, lang):
    """The code of a Swift or C file."""
    scanner = _Scanner(text, lang)
    scanner.code(0)
    return Code("".join(scanner.out), "".join(scanner.commented), scanner.literals)


def blocks(code):
    """All blocks of scanned code, outer ones first. A closure in brackets does not split the header around it."""
    result, stack, boundary, parens, saved = [], [], 0, 0, []
    for found in re.compile(r"[{}()\[\];]").finditer(code):
        token = found.group()
        if token in "([":
            parens += 1
        elif token in ")]":
            parens -= 1
        elif token == "{":
            block = Block(found.start(), code[boundary:found.start()], stack[-1] if stack else None)
            result.append(block)
            stack.append(block)
            saved.append((parens, boundary))
            parens, boundary = 0, found.end()
        elif token == "}" and stack:
            stack.pop().closing = found.start()
            parens, outer = saved.pop()
            boundary = outer if parens else found.end()
        elif token == ";" and parens == 0:
            boundary = found.end()
    return [b for b in result if b.closing >= 0]


def closing_bracket(code, opening):
    """The offset of the bracket that closes the one at `opening`; the end of the text when there is none."""
    pairs, depth = {"(": ")", "[": "]", "<": ">"}, 0
    own, other = code[opening], pairs[code[opening]]
    for position in range(opening, len(code)):
        if code[position] == own:
            depth += 1
        elif code[position] == other and not (own == "<" and code[position - 1] == "-"):
            depth -= 1
            if depth == 0:
                return position
    return len(code)


def split_list(text):
    """The items of a comma-separated list, commas inside brackets left alone."""
    items, depth, current = [], 0, ""
    for character in text.replace("->", "  "):
        depth += character in "([{<"
        depth -= character in ")]}>"
        if character == "," and depth == 0:
            items.append(current)
            current = ""
        else:
            current += character
    items.append(current)
    return [item.strip() for item in items if item.strip()]


def exceptions(path, rules):
    """Reads `rule path # reason` lines; a line without a reason or with an unknown rule is an error."""
    result, problems = [], []
    if not path.exists():
        return result, problems
    for number, line in enumerate(read(path).splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        fields, _, reason = line.partition(" # ")
        words = fields.split()
        if len(words) != 2 or not reason.strip() or words[0] not in rules:
            problems.append(f"{path}:{number}: error: expected 'rule path # reason', with one of {', '.join(rules)}")
        else:
            result.append(tuple(words))
    return result, problems
