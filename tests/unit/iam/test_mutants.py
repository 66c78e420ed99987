"""Every way in which a policy is made another one."""

from iam.mutants import mutants

POLICY = {
    "Statement": [
        {
            "Sid": "Pass",
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": "arn:aws:iam::111122223333:role/mine",
            "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
        },
        {"Sid": "Tls", "Effect": "Deny", "Action": "s3:*", "Resource": "*", "Principal": "*"},
    ]
}


def test_a_statement_is_removed_and_widened_in_every_way():
    found = {(mutant.sid, mutant.change): mutant.document["Statement"] for mutant in mutants("p", POLICY)}

    assert set(found) == {
        ("Pass", "removed"),
        ("Pass", "all resources"),
        ("Pass", "all actions"),
        ("Pass", "without StringEquals iam:PassedToService"),
        ("Tls", "removed"),
    }
    assert [row["Sid"] for row in found["Pass", "removed"]] == ["Tls"]
    assert found["Pass", "all resources"][0]["Resource"] == "*"
    assert found["Pass", "all actions"][0]["Action"] == ["iam:*"]
    assert "Condition" not in found["Pass", "without StringEquals iam:PassedToService"][0]
    assert "Condition" in POLICY["Statement"][0]
