"""The AWS CLI that instances have is of 2020: every word that the scripts say to it has to be one of its own."""

from tests.unit.runner.aws_cli.table import TABLE
from tests.unit.runner.aws_cli.used import ONLY_IN_BUILDS, Use, used, uses

KNOWN = {
    command.removesuffix(" (in builds)"): set(options.split())
    for command, _, options in (
        line.partition(": ") for line in TABLE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")
    )
}


def _unknown(calls: list[Use]) -> set[str]:
    found = {f"{call.place}: aws {call.command}" for call in calls if call.command not in KNOWN}
    return found | {
        f"{call.place}: aws {call.command} --{option}"
        for call in calls
        if call.command in KNOWN
        for option in call.options - KNOWN[call.command] - KNOWN["aws"]
    }


def test_instances_know_every_operation_and_option() -> None:
    assert _unknown(used()) == set()


def test_newer_words_are_kept_for_deletions() -> None:
    assert {use.place for use in used() if use.command in ONLY_IN_BUILDS} <= {"deletion.sh", "deployment.sh"}


def test_the_table_has_nothing_that_nobody_uses() -> None:
    assert set(KNOWN) == {"aws", *(call.command for call in used())}


def test_newer_words_are_found_wherever_they_stand() -> None:
    script = """
  # aws logs never-heard-of
  adopt "aws_cloudwatch_log_group.${group%% *}" "${group#* }" logs list-tags-for-resource \\
    --resource-arn "$(arn logs "log-group:${group#* }")" --query "tags | [0]"
  table "Taking the lease" put-item --item "$i" --return-values-on-condition-check-failure ALL_OLD || fail "--no"
  adopt_sagemaker a.b "$name" list-hubs --max 3
  if aws s3 cp --only-show-errors --checksum-algorithm SHA256 "$1" "$2" && echo "$1" | sha256sum --check; then
"""
    assert _unknown(uses(script, "x.sh")) == {
        "x.sh: aws logs list-tags-for-resource",
        "x.sh: aws dynamodb put-item --return-values-on-condition-check-failure",
        "x.sh: aws sagemaker list-hubs",
        "x.sh: aws s3 cp --checksum-algorithm",
    }
