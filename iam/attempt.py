"""One try at what nobody may do."""

from dataclasses import dataclass

from iam.engine import Question

# What a role's own policies say: its boundary would hide what they let through.
ALONE = ", without its boundary"
# What a role could do if its policy allowed everything: its boundary alone, or what is denied, decides then.
EVERYTHING = "everything"
DOCUMENTS = {
    EVERYTHING: {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
}


@dataclass(frozen=True)
class Attempt:
    """One try of one role.

    Attributes:
        what: the row's.
        role: the kind of role that tries, or the service.
        question: what IAM is asked.
        allowed: the reason why this one may; None when it may not.

    """

    what: str
    role: str
    question: Question
    allowed: str | None = None
