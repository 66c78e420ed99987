"""Everything that can go wrong, as one tree.

    TeardownError
    ├── RequestInvalid     the event is not one that this function knows
    ├── StackUnknown       the stack that asks could not be looked up
    ├── StackUnfit         the stack's status is not one in which this may be done
    ├── TeardownNotStarted the build could not be started
    ├── RecordUnavailable  the table of requests cannot be used
    └── AnswerNotSent      CloudFormation could not be told

A message is written for the person who reads it in the stack's events. No message holds the address of an answer.
"""


class TeardownError(Exception):
    """Base of every failure that this function reports."""


class RequestInvalid(TeardownError):
    """The event is not one that this function knows."""


class StackUnknown(TeardownError):
    """The stack that asks could not be looked up."""


class StackUnfit(TeardownError):
    """The stack's status is not one in which this may be done."""


class TeardownNotStarted(TeardownError):
    """The build that works on a project could not be started."""


class RecordUnavailable(TeardownError):
    """The table that remembers requests cannot be used."""


class AnswerNotSent(TeardownError):
    """CloudFormation did not take the answer."""
