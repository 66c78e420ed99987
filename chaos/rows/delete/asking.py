"""The function that CloudFormation asks, and that hears of the build's end, dies or is not heard."""

from collections.abc import Iterator

from chaos.faults import FOR_EVER, answering, starting, told
from chaos.row import UNANSWERED, Moment, Row, nobody_answers


def _told_twice(moment: Moment) -> Iterator[None]:
    yield from _built(moment)
    moment.arm(told(moment.project.builds()[0]["id"], "duplicate"))


def _told_late(moment: Moment) -> Iterator[None]:
    """The function dies when it hears of the build's end; Lambda asks it again."""
    yield from _built(moment)
    moment.arm(told(moment.project.builds()[0]["id"], "kill"))


def _answered_twice(moment: Moment) -> Iterator[None]:
    """The function answers, but its own end is lost, and Lambda asks it again."""
    yield from _built(moment)
    moment.arm(told(moment.project.builds()[0]["id"], "timeout", when="after"))


def _never_told(moment: Moment) -> Iterator[None]:
    yield from _built(moment)
    moment.arm(told(moment.project.builds()[0]["id"], "timeout", times=3))
    yield from nobody_answers(moment)


def _gives_up(moment: Moment) -> Iterator[None]:
    """The stack's patience ends while the build works."""
    yield from _built(moment)
    while moment.project.has_pipeline():
        yield
    moment.struck += len(moment.room.control.expire(kind="answer", stack=moment.project.stack))


def _built(moment: Moment) -> Iterator[None]:
    while not any(build["buildStatus"] == "IN_PROGRESS" for build in moment.project.builds()):
        yield


def _until_it_has_ended(moment: Moment) -> None:
    """Nobody asks again while the first attempt goes on: they would be told to wait for it."""
    while any(build["buildStatus"] == "IN_PROGRESS" for build in moment.project.builds()):
        moment.pause()


ASKING: tuple[Row, ...] = (
    Row(
        "delete/function-dies-once",
        "the function dies when it is asked, once",
        lambda m: [answering(m.project.name, "Delete", "kill")],
        fails=False,
    ),
    Row(
        "delete/request-twice",
        "CloudFormation's request arrives twice",
        lambda m: [answering(m.project.name, "Delete", "duplicate")],
        fails=False,
    ),
    Row(
        "delete/started-unheard",
        "the function runs out of time when it has started the build",
        lambda m: [answering(m.project.name, "Delete", "timeout", when="after")],
        fails=False,
    ),
    Row(
        "delete/nobody-starts",
        "the function runs out of time, always",
        lambda m: [answering(m.project.name, "Delete", "timeout", times=3)],
        meanwhile=nobody_answers,
        fails=True,
        tells=UNANSWERED,
    ),
    Row(
        "delete/start-throttled",
        "CodeBuild throttles StartBuild twice",
        lambda m: [starting(m.project.name, "error", code="ThrottlingException", times=2)],
        fails=False,
    ),
    Row(
        "delete/start-refused",
        "CodeBuild refuses StartBuild",
        lambda m: [starting(m.project.name, "error", code="AccessDeniedException", times=FOR_EVER)],
        fails=True,
        tells=r"ml-projects-teardown.*(StartBuild|could not be started)",
    ),
    Row(
        "delete/start-answer-lost",
        "the answer to StartBuild is lost",
        lambda m: [starting(m.project.name, "lose_answer")],
        fails=False,
    ),
    Row("delete/told-twice", "the end of the build is told twice", meanwhile=_told_twice, fails=False),
    Row("delete/told-late", "the function dies when it is told, once", meanwhile=_told_late, fails=False),
    Row("delete/answered-twice", "the function answers twice", meanwhile=_answered_twice, fails=False),
    Row(
        "delete/never-told",
        "the function never hears of the build's end",
        meanwhile=_never_told,
        fails=True,
        tells=UNANSWERED,
    ),
    Row(
        "delete/stack-gives-up",
        "the stack's patience ends while the build works",
        meanwhile=_gives_up,
        fails=True,
        mend=_until_it_has_ended,
        tells=UNANSWERED,
    ),
)
