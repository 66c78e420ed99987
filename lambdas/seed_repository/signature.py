"""RS256 signatures, by the OpenSSL that Python's own ssl module is linked with.

A GitHub App signs one short text per invocation. Python's standard library verifies certificates but signs
nothing; ADR 36 says why the library behind it is asked directly.
"""

import ctypes
from collections.abc import Callable
from contextlib import ExitStack

from seed_repository.errors import CredentialUnavailable

_RSA = 6  # EVP_PKEY_RSA


class UnusableKey(Exception):
    """The private key is not an unencrypted RSA key in PEM form."""


def sign_rs256(private_key: str, message: bytes) -> bytes:
    """Sign a message: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, 8.2), what JSON web tokens call RS256.

    Args:
        private_key: PEM text, as GitHub hands it out (PKCS #1) or as converted to PKCS #8; not encrypted.
        message: what to sign.

    Raises:
        UnusableKey: if OpenSSL cannot read the key, or it is no RSA key. Nothing of it is quoted.
        CredentialUnavailable: if this Python brings no OpenSSL that can be asked.

    """
    crypto = _openssl()
    with ExitStack() as cleaning:
        # OpenSSL keeps its errors per thread; left there, Python's ssl would take them for its own.
        cleaning.callback(crypto.ERR_clear_error)
        key = _read_key(crypto, private_key, cleaning.callback)
        context = crypto.EVP_MD_CTX_new()
        cleaning.callback(crypto.EVP_MD_CTX_free, context)
        length = ctypes.c_size_t(crypto.EVP_PKEY_get_size(key))
        signature = ctypes.create_string_buffer(length.value)
        signed = (
            crypto.EVP_DigestSignInit(context, None, crypto.EVP_sha256(), None, key) == 1
            and crypto.EVP_DigestSign(context, signature, ctypes.byref(length), message, len(message)) == 1
        )
        if not signed:
            raise UnusableKey("OpenSSL does not sign with it")
        return signature.raw[: length.value]


def _read_key(crypto: ctypes.CDLL, private_key: str, finally_do: Callable[..., object]) -> int:
    text = private_key.encode("utf-8")
    memory = crypto.BIO_new_mem_buf(text, len(text))
    finally_do(crypto.BIO_free, memory)
    # The empty passphrase keeps OpenSSL from asking for one at a terminal.
    key: int | None = crypto.PEM_read_bio_PrivateKey(memory, None, None, b"")
    if not key:
        raise UnusableKey("it is not a private key in PEM form, or is encrypted")
    finally_do(crypto.EVP_PKEY_free, key)
    if crypto.EVP_PKEY_get_base_id(key) != _RSA:
        raise UnusableKey("it is not an RSA key")
    return key


def _openssl() -> ctypes.CDLL:
    # Through the ssl module's own file, whatever its OpenSSL is called and wherever it lies; a Python that has
    # it built in is asked itself.
    import _ssl  # noqa: PLC0415 - only GitHub Apps sign

    crypto = ctypes.CDLL(getattr(_ssl, "__file__", None))
    pointer, number, size = ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t
    try:
        # OpenSSL 3 renamed two functions that 1.1.1 has under the names after them.
        for new, old in (("EVP_PKEY_get_size", "EVP_PKEY_size"), ("EVP_PKEY_get_base_id", "EVP_PKEY_base_id")):
            if not hasattr(crypto, new):
                setattr(crypto, new, getattr(crypto, old))
        for name, result, *arguments in (
            ("BIO_new_mem_buf", pointer, ctypes.c_char_p, number),
            ("BIO_free", number, pointer),
            ("PEM_read_bio_PrivateKey", pointer, pointer, pointer, pointer, ctypes.c_char_p),
            ("EVP_PKEY_free", None, pointer),
            ("EVP_PKEY_get_size", number, pointer),
            ("EVP_PKEY_get_base_id", number, pointer),
            ("EVP_MD_CTX_new", pointer),
            ("EVP_MD_CTX_free", None, pointer),
            ("EVP_sha256", pointer),
            ("EVP_DigestSignInit", number, pointer, pointer, pointer, pointer, pointer),
            ("EVP_DigestSign", number, pointer, ctypes.c_char_p, ctypes.POINTER(size), ctypes.c_char_p, size),
            ("ERR_clear_error", None),
        ):
            function = getattr(crypto, name)
            function.restype, function.argtypes = result, arguments
    except AttributeError as missing:
        raise CredentialUnavailable(
            f"This Python's OpenSSL cannot be asked for a signature ({missing}): GitHub Apps cannot be used here. "
            "Use a token, or one of AWS Lambda's own Python runtimes."
        ) from None
    return crypto
