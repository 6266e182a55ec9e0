"""Every exception sqpsych raises on purpose.

    SqpsychError
    ├── InputError                 what the user gave cannot be used
    │   ├── InstrumentError        an instrument's definition, or an answer it does not allow
    │   ├── CodebookError          a codebook that does not fit its table or the instruments
    │   ├── TableError             a table of answers that cannot be read
    │   ├── ProfileError           a profiles file that cannot be read
    │   ├── ProtocolError          a protocol that cannot be played
    │   ├── CatalogueError         a model name or catalogue entry
    │   ├── CorpusError            a run directory
    │   │   ├── StudyMismatchError made with another study
    │   │   └── CorpusLockedError  in use by another process
    │   ├── ReleaseError           a dataset that cannot be made
    │   ├── FinetuneError          training that cannot be done
    │   ├── BenchmarkError         questions or answers of a benchmark that cannot be used
    │   └── ReviewError            a review study, or what is asked of it
    │       ├── StudyClosedError   it is closed, nothing can be changed any more
    │       ├── ChangeRefusedError a change that the study's rules do not allow
    │       ├── EntryError         an invitation, a passphrase or a session that does not let in
    │       └── EventReusedError   the id of a change stands for another change already
    ├── ModelError                 a language model did not do its part
    │   ├── WeightsError           weights that cannot be had, or are not what they should be
    │   ├── ServerUnavailableError no answer, or one that says to come again
    │   ├── ServerReplyError       an answer that is no completion
    │   ├── RequestRefusedError    this one request was refused (longer than the context, say)
    │   └── NoReplyError           no reply to a person passed its checks
    └── EgressError                a connection to a host the user did not list

A command that ends with one of them exits with 2. Messages say what is wrong, what was found,
where, and what to do, and never hold a person's answer unless that very answer is what is wrong.
Of a table they show no cell that looks like a date, an e-mail address, an id or free text.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError


class SqpsychError(Exception):
    """Base of all errors raised on purpose; its text is meant for the user."""


def find_first(errors: "BaseExceptionGroup[SqpsychError]") -> SqpsychError:
    """The first of the errors that ended a group of tasks."""
    first = errors.exceptions[0]
    return find_first(first) if isinstance(first, BaseExceptionGroup) else first


def find_fault(error: "ValidationError") -> tuple[str, str]:
    """Find the first fault that pydantic names.

    Returns:
        Its place, field names and positions joined by dots, empty where the whole is wrong; and
        what is wrong there, without what was given.
    """
    first = error.errors()[0]
    return ".".join(map(str, first["loc"])), first["msg"].removeprefix("Value error, ")


class InputError(SqpsychError):
    """What the user gave cannot be used."""


class InstrumentError(InputError):
    """An instrument's definition, or an answer it does not allow."""


class CodebookError(InputError):
    """A codebook that does not fit its table or the instruments."""


class TableError(InputError):
    """A table of answers that cannot be read."""


class ProfileError(InputError):
    """A profiles file that cannot be read."""


class ProtocolError(InputError):
    """A protocol that cannot be played."""


class CatalogueError(InputError):
    """A model name or catalogue entry that is not known."""


class CorpusError(InputError):
    """A run directory that cannot be used."""


class StudyMismatchError(CorpusError):
    """The run directory was made with another study."""


class CorpusLockedError(CorpusError):
    """Another process is writing to the run directory."""


class ReleaseError(InputError):
    """A dataset that cannot be made."""


class FinetuneError(InputError):
    """Training that cannot be done."""


class BenchmarkError(InputError):
    """Questions or answers of a benchmark that cannot be used."""


class ReviewError(InputError):
    """A review study, or what is asked of it, that cannot be used."""


class StudyClosedError(ReviewError):
    """The study is closed: nothing can be changed any more."""


class ChangeRefusedError(ReviewError):
    """A change that the study's rules do not allow."""


class EntryError(ReviewError):
    """An invitation, a passphrase or a session that does not let in."""


class EventReusedError(ReviewError):
    """The id of a change stands for another change already."""


class ModelError(SqpsychError):
    """A language model did not do its part."""


class WeightsError(ModelError):
    """Weights that cannot be had, or are not what they should be."""


class ServerUnavailableError(ModelError):
    """No answer from the server, or one that says to come again."""


class ServerReplyError(ModelError):
    """The server answered with something that is no completion."""


class RequestRefusedError(ModelError):
    """The server refused this one request; others may pass."""


class NoReplyError(ModelError):
    """No reply to a person passed its checks; another may."""


class EgressError(SqpsychError):
    """A connection to a host that the user did not list was refused."""
