"""The SageMaker scikit-learn image: every job of the pipeline and every endpoint runs in it.

Accounts: "SageMaker Algorithm Registry" table of the AWS Deep Learning Containers documentation
(https://aws.github.io/deep-learning-containers/reference/region_availability/), August 2026.
The image holds Python 3.12, scikit-learn 1.9.0 and pandas 2.2.3; AWS patches it until July 2027.
"""

TAG = "1.9-0-cpu-py3"

ACCOUNTS = {
    "af-south-1": "510948584623",
    "ap-east-1": "651117190479",
    "ap-northeast-1": "354813040037",
    "ap-northeast-2": "366743142698",
    "ap-northeast-3": "867004704886",
    "ap-south-1": "720646828776",
    "ap-south-2": "628508329040",
    "ap-southeast-1": "121021644041",
    "ap-southeast-2": "783357654285",
    "ap-southeast-3": "951798379941",
    "ap-southeast-4": "106583098589",
    "ca-central-1": "341280168497",
    "ca-west-1": "190319476487",
    "cn-north-1": "450853457545",
    "cn-northwest-1": "451049120500",
    "eu-central-1": "492215442770",
    "eu-central-2": "680994064768",
    "eu-north-1": "662702820516",
    "eu-south-1": "978288397137",
    "eu-south-2": "104374241257",
    "eu-west-1": "141502667606",
    "eu-west-2": "764974769150",
    "eu-west-3": "659782779980",
    "il-central-1": "898809789911",
    "sa-east-1": "737474898029",
    "us-east-1": "683313688378",
    "us-east-2": "257758044811",
    "us-west-1": "746614075791",
    "us-west-2": "246618743249",
}


def sklearn_image(region: str) -> str:
    """Return the image's address in ``region``; ``LookupError`` when its account there is not known."""
    if region not in ACCOUNTS:
        raise LookupError(
            f"no scikit-learn image is known for region {region!r}; "
            "set SKLEARN_IMAGE_URI to one, for example a copy in your own registry"
        )
    domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"{ACCOUNTS[region]}.dkr.ecr.{region}.{domain}/sagemaker-scikit-learn:{TAG}"
