"""Writes the builders: below the fields of each shape, between two marker lines, stands what is made of them.

`nox -s generate`, or `python tools/generate_builders.py`, rewrites the files whose builders aren't those of their fields.
Sources are read and never imported, so that a class may be new, and a builder missing that others already import.

A field's method takes what the field's converter takes, or the unfinished builder of it, under the field's own docstring. A
field that holds many has an adder too; `adder_of` has the rules.
"""

from __future__ import annotations

import ast
import functools
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
SHAPES = (
    "pinpoint_users/messages/*.py",
    "pinpoint_users/endpoints/[a-z]*.py",
    "pinpoint_users/responses.py",
    "pinpoint_users/results.py",
)
"""Where each public frozen class gets a builder."""

START = "# Generated from the fields above by `nox -s generate`, up to the end of the builder."
END = "# The end of the builder."
_REGION = re.compile(rf"\n*\n    {re.escape(START)}\n.*?\n{re.escape(END)}(?=\n)", re.DOTALL)

WIDTH = 128
NAMES = {"result": ("user_result", "user", "user_id", "endpoints")}
"""Adders whose name can't be made of the field's: the method, what it adds, and its arguments."""


@dataclass(frozen=True)
class Module:
    """A source file, with what it defines and imports."""

    path: Path
    source: str
    tree: ast.Module

    def text(self, node: ast.expr | ast.stmt) -> str:
        """The source of a part of it, in one line."""
        return " ".join((ast.get_source_segment(self.source, node) or "").split())

    def find(self, name: str) -> tuple[Module, ast.AST | None]:
        """Where a name is defined, and by what; by None if that is outside of the package."""
        for node in self.tree.body:
            if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and node.name == name:
                return self, node
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pinpoint_users"):
                for alias in node.names:
                    if (alias.asname or alias.name) == name:
                        return load(_path_of(node.module or "")).find(alias.name)
        return self, None


@dataclass(frozen=True)
class Shape:
    """A frozen class."""

    module: Module
    node: ast.ClassDef

    @property
    def name(self) -> str:
        """The class's name."""
        return self.node.name

    @property
    def fields(self) -> list[Field]:
        """Its fields, those of its bases first."""
        inherited = [field for base in self.bases() for field in base.fields]
        body = self.node.body
        own = [
            Field(self.module, statement, following)
            for statement, following in zip(body, [*body[1:], None], strict=True)
            if isinstance(statement, ast.AnnAssign)
            and isinstance(statement.value, ast.Call)
            and not self.module.text(statement.annotation).startswith("ClassVar")
        ]
        return inherited + own

    def bases(self) -> Iterator[Shape]:
        """The classes of the package that it derives from."""
        for base in self.node.bases:
            module, node = self.module.find(self.module.text(base))
            if isinstance(node, ast.ClassDef):
                yield Shape(module, node)

    def has_builder(self) -> bool:
        """Whether it is one of those that get a builder."""
        frozen = any(self.module.text(decorator).startswith("attrs.frozen(") for decorator in self.node.decorator_list)
        return frozen and not self.name.startswith("_") and self.module.path in shape_files()


@dataclass(frozen=True)
class Field:
    """A field of a frozen class."""

    module: Module
    node: ast.AnnAssign
    following: ast.stmt | None

    @property
    def name(self) -> str:
        """The field's name."""
        return self.module.text(self.node.target)

    @property
    def doc(self) -> str:
        """The docstring under it, as it is written."""
        node = self.following
        if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Constant) or node.lineno != node.end_lineno:
            raise SystemExit(f"{self.module.path}:{self.node.lineno}: {self.name} needs a docstring of one line under it")
        return self.module.text(node)

    @property
    def is_required(self) -> bool:
        """Whether it has no default."""
        return "default" not in self._options

    @property
    def accepted(self) -> str:
        """The type that the constructor takes, or an unfinished builder of it."""
        converter = self._options.get("converter")
        module, node = self.module.find(self.module.text(converter)) if converter else (self.module, None)
        if not isinstance(node, ast.FunctionDef) or node.args.args[0].annotation is None:
            raise SystemExit(f"{self.module.path}:{self.node.lineno}: {self.name} needs a converter that is a typed function")
        return with_builders(module, without_none(module, node.args.args[0].annotation))

    @property
    def settable(self) -> str:
        """The same, and None where that means that the field isn't set."""
        return self.accepted if self.is_required else f"{self.accepted} | None"

    @property
    def keyword(self) -> str:
        """The constructor's keyword."""
        hint = re.sub(r" \| \w+Builder\b", "", self.settable)
        return f"{self.name}: {hint}" if self.is_required else f"{self.name}: {hint} = None"

    @property
    def kept(self) -> ast.expr:
        """The type that the object has, without the None of what isn't set."""
        return without_none(self.module, self.node.annotation)

    @property
    def _options(self) -> dict[str | None, ast.expr]:
        call = self.node.value
        return {keyword.arg: keyword.value for keyword in call.keywords} if isinstance(call, ast.Call) else {}


@dataclass(frozen=True)
class Method:
    """A method of a builder."""

    name: str
    arguments: list[str]
    doc: str
    call: str
    values: list[str]

    def lines(self) -> Iterator[str]:
        """Its source."""
        yield from wrapped(f"    def {self.name}(", ["self", *self.arguments], ") -> Self:")
        yield f"        {self.doc}"
        yield from wrapped(f"        return self.{self.call}(", self.values, ")")


@functools.cache
def shape_files() -> list[Path]:
    """The files whose classes get builders."""
    return sorted(path for pattern in SHAPES for path in ROOT.glob(pattern))


@functools.cache
def load(path: Path) -> Module:
    """Reads a file, as if its builders weren't written."""
    source = _REGION.sub("", path.read_text(encoding="utf-8"))
    return Module(path, source, ast.parse(source))


def _path_of(module: str) -> Path:
    path = ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def without_none(module: Module, hint: ast.expr) -> ast.expr:
    """The type without the None of what isn't set."""
    return hint.left if isinstance(hint, ast.BinOp) and module.text(hint.right) == "None" else hint


def with_builders(module: Module, hint: ast.expr) -> str:
    """The source of a type, where a shape may also be its unfinished builder."""
    text = module.text(hint)
    for name in {node.id for node in ast.walk(hint) if isinstance(node, ast.Name)}:
        if shape_of(module, name):
            text = re.sub(rf"\b{name}\b", f"{name} | {name}Builder", text)
    return text


def shape_of(module: Module, name: str) -> Shape | None:
    """The class of that name, if it has a builder."""
    where, node = module.find(name)
    shape = Shape(where, node) if isinstance(node, ast.ClassDef) else None
    return shape if shape and shape.has_builder() else None


def adder_of(field: Field) -> Method | None:
    """The method that adds one to a field that holds many.

    It is named in the singular (`header` of `headers`), or `context_entry` where the field's name isn't a plural. It takes

    - of a list of pairs, the pair: `header(name, value)`; of another list, an item;
    - of a mapping to lists of strings, `substitution(name, value, *more)`; of a mapping to shapes, an ID and a shape, which may
      be left out if nothing in it is required; of another mapping, a name and a value.
    """
    hint = field.kept
    if not isinstance(hint, ast.Subscript) or not isinstance(hint.slice, ast.Tuple):
        return None
    is_list = field.module.text(hint.value) == "tuple"
    item = hint.slice.elts[0 if is_list else 1]
    method, noun, key, value = NAMES.get(field.name) or _names(field.name, is_list=is_list)
    what = f"{'an' if noun[0] in 'aeio' else 'a'} {noun} to `{field.name}`"
    name = f'"{field.name}"'
    shape = shape_of(field.module, field.module.text(item))
    hint_of_item = with_builders(field.module, item)
    doc = f'"""Adds {what}."""'
    if is_list and shape and [part.name for part in shape.fields] == ["name", "value"]:
        pair = f"{shape.name}Builder(name=name, value=value)"
        return Method(method, [f"{part.name}: {part.accepted}" for part in shape.fields] + ["/"], doc, "_append", [name, pair])
    if is_list:
        return Method(method, [f"{noun}: {hint_of_item}", "/"], doc, "_append", [name, noun])
    if hint_of_item == "tuple[str, ...]":
        arguments = [f"{key}: str", f"{value}: str", "/", "*more: str"]
        doc = f'"""Adds {what}: its {key} and its value, or several values."""'
        return Method(method, arguments, doc, "_put", [name, key, f"({value}, *more)"])
    if shape:
        key, value = f"{noun}_id", shape.name[max(i for i, letter in enumerate(shape.name) if letter.isupper()) :].lower()
        if not any(part.is_required for part in shape.fields):
            doc = f'"""Adds {what}, by default with an empty {value}."""'
            empty = f"{shape.name}() if {value} is None else {value}"
            return Method(
                method, [f"{key}: str", f"{value}: {hint_of_item} | None = None", "/"], doc, "_put", [name, key, empty]
            )
    return Method(method, [f"{key}: str", f"{value}: {hint_of_item}", "/"], doc, "_put", [name, key, value])


def _names(field: str, *, is_list: bool) -> tuple[str, str, str, str]:
    """An adder's name, what it adds, and its arguments."""
    if not field.endswith("s"):
        return f"{field}_{'item' if is_list else 'entry'}", "item" if is_list else "entry", "key", "value"
    singular = re.sub(r"(?<=s)es$|s$", "", re.sub(r"ies$", "y", field))
    return singular, singular.rpartition("_")[2], "name", "value"


def builder_of(shape: Shape) -> str:
    """What stands below a class's fields: its ways to a builder, and the builder."""
    builder = f"{shape.name}Builder"
    required = [field for field in shape.fields if field.is_required]
    keywords = ["cls", *(["*"] if required else []), *(f"{field.name}: {field.accepted}" for field in required)]
    lines = [
        f"    {START}",
        "",
        "    if TYPE_CHECKING:",
        "",
        *wrapped("        def __init__(", ["self", "*", *(field.keyword for field in shape.fields)], ") -> None: ..."),
        "",
        "    @classmethod",
        *wrapped("    def builder(", keywords, f") -> {builder}:"),
        f'        """Starts a builder{" with the required fields" if required else ""}."""',
        *wrapped(f"        return {builder}(", [f"{field.name}={field.name}" for field in required], ")"),
        "",
        f"    def to_builder(self) -> {builder}:",
        '        """Starts a builder with the fields of this object, to make a changed copy."""',
        *wrapped(f"        return {builder}(", ["**values_of(self)"], ")"),
        "",
        "",
        *wrapped(f"class {builder}(", [f"Builder[{shape.name}]", f"shape={shape.name}"], "):"),
        f'    """Builds `{shape.name}`."""',
        "",
        "    __slots__ = ()",
    ]
    for field in shape.fields:
        setter = Method(field.name, [f"value: {field.settable}", "/"], field.doc, "_set", [f'"{field.name}"', "value"])
        for method in (setter, adder_of(field)):
            lines += ["", *method.lines()] if method else []
    return "\n".join([*lines, "", "", END])


def wrapped(head: str, parts: list[str], tail: str) -> Iterator[str]:
    """A definition or a call in lines that fit, as the formatter breaks them."""
    indent = " " * (len(head) - len(head.lstrip()))
    whole, inner = f"{head}{', '.join(parts)}{tail}", f"{indent}    {', '.join(parts)}"
    if len(whole) <= WIDTH:
        yield whole
        return
    yield head
    if len(inner) <= WIDTH:
        yield inner
    else:
        for part in parts:
            line = f"{indent}    {part},"
            # A union that is too long has a line for each choice; the bars inside of brackets stay.
            yield line if len(line) <= WIDTH else re.sub(r" \| (?![^\[]*\])", f"\n{indent}    | ", line)
    yield f"{indent}{tail}"


def generate(path: Path) -> str:
    """A file with the builders of its classes."""
    module = load(path)
    lines = module.source.split("\n")
    for node in reversed(module.tree.body):
        if isinstance(node, ast.ClassDef) and Shape(module, node).has_builder():
            lines[node.end_lineno : node.end_lineno] = ["", *builder_of(Shape(module, node)).split("\n")]
    return "\n".join(lines)


def main() -> None:
    """Writes the files whose builders aren't those of their fields."""
    for path in shape_files():
        text = generate(path)
        if text != path.read_text(encoding="utf-8"):
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"{path} written\n")


if __name__ == "__main__":
    main()
