"""The codebook: which column of a table means what, written by the user in TOML.

The models say what a codebook may hold. `codebook_file` reads one, `mapping` checks it against
the instruments it names, and `reading` against the table.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    StringConstraints,
    field_validator,
    model_validator,
)

from sqpsych.intake.cells import Decimal, normalise_code, tidy_cell
from sqpsych.intake.problems import suggest_nearest


def _write_code(value: object) -> object:
    """Let codes be written as TOML numbers: -99 is the cell "-99"."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return normalise_code(str(value))
    return value


def _write_list(value: object) -> object:
    """Let one code stand for a list of it."""
    return value if isinstance(value, list | tuple) else [value]


def _write_column(value: object) -> object:
    """Let a bare column name stand for a table with that column."""
    return {"column": value} if isinstance(value, str) else value


Code = Annotated[str, BeforeValidator(_write_code)]
Words = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1), BeforeValidator(_write_code)
]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(tidy_cell)
]
FactName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class CodebookPart(BaseModel):
    """Base of all parts: immutable, unknown keys refused with the nearest known one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def refuse_unknown_keys(cls, given: object) -> object:
        """Name the unknown keys before anything else is said about this table."""
        if not isinstance(given, Mapping):
            return given
        unknown = [str(key) for key in given if key not in cls.model_fields]
        if unknown:
            known = list(cls.model_fields)
            named = " ".join(
                f'unknown key "{key}".{suggest_nearest(key, known)}' for key in unknown
            )
            raise ValueError(f"{named} Known keys: {', '.join(known)}")
        return given


class TableForm(CodebookPart):
    """How the table is written."""

    id: Name
    """Column that tells people apart. Enters profiles only as a pseudonym."""
    source: Name | None = None
    """Name of the place whose ids these are, where others number their people alike."""
    delimiter: Literal[",", ";", "\t", "|"] | None = None
    """Character between cells of text; by default a comma in .csv and a tab in .tsv and .tab
    files."""
    encoding: str = "utf-8"
    """Python name of the character encoding of text; a byte order mark is accepted. Of files of
    SPSS, Stata and SAS too old to say their own, where it is not the default."""
    decimal: Decimal = "."
    """Decimal sign of numbers in text."""
    sheet: str | None = None
    """Sheet of a workbook; by default the only one that holds anything."""
    only: dict[Name, Annotated[tuple[Code, ...], BeforeValidator(_write_list)]] = {}
    """Column → cells of the rows that are read, such as one event of repeated measurements."""

    @field_validator("encoding")
    @classmethod
    def know_encoding(cls, name: str) -> str:
        """Refuse what Python does not know as an encoding of text ("base64" is of bytes)."""
        try:
            "text".encode(name)
        except (LookupError, UnicodeError) as error:
            raise ValueError(
                f'encoding "{name}" is not known; usual ones are utf-8, cp1252, latin-1, utf-16'
            ) from error
        return name


class MissingCodes(CodebookPart):
    """Cell contents that stand for "no answer". Blank cells always do."""

    codes: tuple[Code, ...] = ()
    """Codes that mean missing in every mapped column but the id."""
    columns: dict[Name, tuple[Code, ...]] = {}
    """Further codes by column."""


class ItemColumn(CodebookPart):
    """Where the answers to one item are."""

    column: Name
    recode: dict[str, StrictInt] | None = None
    """Cell → points, for this item alone; replaces the instrument's recode."""


class InstrumentColumns(CodebookPart):
    """Where the answers to one instrument are."""

    columns: tuple[Name, ...] | None = None
    """Columns of the items, in the instrument's order. Either this or `items`."""
    items: dict[str, Annotated[ItemColumn, BeforeValidator(_write_column)]] | None = None
    """Item number ("4") or item id ("phq9_4") → column."""
    recode: dict[str, StrictInt] | None = None
    """Cell → points for all items. With it, every cell must be a label listed here."""
    definition: str | None = None
    """File of an instrument of your own, relative to the codebook."""

    @model_validator(mode="after")
    def check_parts(self) -> Self:
        """Require one of the two ways to name columns."""
        if (self.columns is None) == (self.items is None):
            raise ValueError(
                'give either "columns" (in the order of the items) or "items" (number = column)'
            )
        return self

    def list_item_columns(self) -> tuple[tuple[str, ItemColumn], ...]:
        """Pair item numbers or ids with their columns, whichever way they were given."""
        if self.items is not None:
            return tuple(self.items.items())
        return tuple(
            (str(number), ItemColumn(column=name))
            for number, name in enumerate(self.columns or (), start=1)
        )


class FactColumn(CodebookPart):
    """Where one fact about a person is."""

    column: Name
    recode: dict[str, Words] | None = None
    """Cell → words. With it, every cell must be a label listed here."""
    unit: str | None = None
    """Word written after the value ("people", "years")."""


class ScoreRule(CodebookPart):
    """A group label drawn from a score. A cut-off is a screening result, not a diagnosis."""

    instrument: str
    scale: str = "total"
    at_least: StrictInt
    """Lowest score, in points, that gets the label `then`."""
    then: Words
    otherwise: Words

    @model_validator(mode="after")
    def check_labels(self) -> Self:
        """Require two groups."""
        if self.then == self.otherwise:
            raise ValueError(f'"then" and "otherwise" are both "{self.then}"; expected two labels')
        return self


class ConditionSource(CodebookPart):
    """Where the group label comes from. It serves evaluation and is never shown to an agent."""

    column: Name | None = None
    recode: dict[str, Words] | None = None
    """Cell → group label."""
    from_score: ScoreRule | None = None

    @model_validator(mode="after")
    def check_parts(self) -> Self:
        """Require one source."""
        if (self.column is None) == (self.from_score is None):
            raise ValueError('give either "column" (with "recode") or "from_score"')
        if self.recode is not None and self.column is None:
            raise ValueError('"recode" goes with "column"; from_score names its own labels')
        return self


class MappedColumn(NamedTuple):
    """A column of the table and what the codebook takes it for."""

    column: str
    use: str


class Codebook(CodebookPart):
    """Everything a codebook says."""

    table: TableForm
    missing: MissingCodes = MissingCodes()
    instruments: dict[str, InstrumentColumns] = Field(min_length=1)
    demographics: dict[FactName, Annotated[FactColumn, BeforeValidator(_write_column)]] = {}
    history: dict[FactName, Annotated[FactColumn, BeforeValidator(_write_column)]] = {}
    condition: ConditionSource | None = None

    def list_columns(self) -> tuple[MappedColumn, ...]:
        """List every column the codebook reads, with its use, the id first."""
        listed = [MappedColumn(self.table.id, "table.id")]
        for name, part in self.instruments.items():
            listed += [
                MappedColumn(item.column, f"instruments.{name} item {key}")
                for key, item in part.list_item_columns()
            ]
        listed += [MappedColumn(fact.column, place) for place, fact in self.list_facts()]
        if self.condition and self.condition.column:
            listed.append(MappedColumn(self.condition.column, "condition.column"))
        return tuple(listed)

    def list_columns_read(self) -> tuple[MappedColumn, ...]:
        """List the columns that are read, those too that say which rows are."""
        chosen = (MappedColumn(column, "table.only") for column in self.table.only)
        return (*self.list_columns(), *chosen)

    def list_facts(self) -> tuple[tuple[str, FactColumn], ...]:
        """List the facts of both sections by their place, as "demographics.age"."""
        sections = (("demographics", self.demographics), ("history", self.history))
        return tuple(
            (f"{section}.{name}", fact)
            for section, facts in sections
            for name, fact in facts.items()
        )

    def list_recodes(self) -> tuple[tuple[str, Mapping[str, object]], ...]:
        """List every recode by its place, as "demographics.sex.recode"."""
        listed: list[tuple[str, Mapping[str, object] | None]] = []
        for name, part in self.instruments.items():
            listed.append((f"instruments.{name}", part.recode))
            items = (part.items or {}).items()
            listed += [(f"instruments.{name}.items.{key}", item.recode) for key, item in items]
        listed += [(place, fact.recode) for place, fact in self.list_facts()]
        if self.condition:
            listed.append(("condition", self.condition.recode))
        return tuple((f"{place}.recode", recode) for place, recode in listed if recode)

    def list_missing_codes(self, column: str) -> frozenset[str]:
        """List the codes that mean missing in one column; the empty cell is one of them."""
        codes = (*self.missing.codes, *self.missing.columns.get(column, ()))
        return frozenset({"", *(normalise_code(code, self.table.decimal) for code in codes)})
