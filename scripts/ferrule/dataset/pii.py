"""Personal data in source code: e-mail addresses, telephone numbers, public IP addresses, home folders.

    find(text)  ->  [Found(start, end, "email")]

Not personal: what documentation is meant to use (example.com, 192.0.2.0/24, 555 numbers), addresses that
lead nowhere (127.0.0.1, private networks), those of services (git@, noreply@, public resolvers) and names
that are placeholders (foo@bar.com, /home/user).

Not found: names of people, postal addresses, user names on forges, numbers without a country's code that
are not written the North American way.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from itertools import pairwise

from ferrule.dataset.text_match import Found

# Ends of names that no mail server has (RFC 2606, RFC 6761), and what looks like an address but is a file.
NO_DOMAIN = {
    "example",
    "test",
    "invalid",
    "localhost",
    "local",
    "internal",
    "lan",
    "png",
    "jpg",
    "svg",
    "gif",
    "webp",
    "html",
    "css",
    "js",
    "json",
    "toml",
    "txt",
    "md",
    "lock",
    "so",
    "service",
    "timer",
}
ANYONE = {
    "foo",
    "bar",
    "baz",
    "qux",
    "foobar",
    "user",
    "username",
    "name",
    "me",
    "you",
    "someone",
    "somebody",
    "test",
    "tester",
    "example",
    "sample",
    "demo",
    "dummy",
    "domain",
    "mydomain",
    "yourdomain",
    "host",
    "hostname",
    "server",
    "email",
    "mail",
    "mailbox",
    "address",
    "site",
    "website",
    "company",
    "acme",
    "hello",
    "world",
    "alice",
    "bob",
    "carol",
    "john",
    "jane",
    "doe",
    "joe",
    "jdoe",
    "johndoe",
    "janedoe",
    "jsmith",
    "smith",
    "projects",
    "git",
    "hg",
    "svn",
    "noreply",
    "no-reply",
    "ssh",
    "root",
    "admin",
    "administrator",
    "guest",
    "nobody",
    "anonymous",
    "xyz",
    "abc",
    "local",
    "login",
    "password",
    "nospam",
    "none",
    "recipient",
    "sender",
    "support",
    "info",
    "contact",
    "security",
    "homebrew",
    "linuxbrew",
    "runner",
    "ubuntu",
    "vagrant",
    "travis",
    "circleci",
    "vscode",
    "codespace",
    "docker",
    "node",
    "app",
    "shared",
    "public",
    "default",
    "all users",
    "joeuser",
    "myuser",
    "your",
    "yourname",
    "my",
    "rust",
    "rustacean",
    "ferris",
    "cargo",
    "build",
    "builder",
    "dev",
    "developer",
}
PROVIDERS = {"mail", "email", "me", "abc"}  # of these there are real addresses
SERVICES = {
    "93.184.216.34",
    "1.1.1.1",
    "1.0.0.1",
    "8.8.8.8",
    "8.8.4.4",
    "9.9.9.9",
    "2001:4860:4860::8888",
    "2001:4860:4860::8844",
    "2606:4700:4700::1111",
    "2606:4700:4700::1001",
    "2620:fe::fe",
}

UNICAST = ipaddress.ip_network("2000::/3")

EMAIL = re.compile(
    r"(?<![\w.%+/@:-])([A-Za-z0-9][\w.%+-]*)@((?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,24})"
    r"(?![\w@/-]|:[\w/])"
)
IPV4 = re.compile(r"(?<![\w.-])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]\w|\w)")
IPV6 = re.compile(
    r"(?<![\w:.])(?:[0-9A-Fa-f]{1,4}:){2,7}:?(?:[0-9A-Fa-f]{1,4}:?){0,6}[0-9A-Fa-f]{0,4}(?![\w:.])"
)
HOME = re.compile(
    r"(?:(?<![\w.})])(?:/home/|/Users/)|(?<![\w/])[A-Za-z]:(?:\\{1,2}|/)Users(?:\\{1,2}|/))([A-Za-z][\w.-]*[\w-])"
)
PHONE = re.compile(
    r"(?<![\w.+/#=-])(?!\+\d+-\d\d-\d\d(?!\d|[ .-]\d))(?:"  # except a far year: +262142-12-31
    r"\+[1-9]\d{0,2}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{1,4}(?:[ .-]\d{1,4}){1,5}"  # +49 30 1234567
    r"|\+[1-9]\d{9,13}"  # +493012345678
    r"|\(\d{3}\) ?\d{3}[-.]\d{4}|\d{3}-\d{3}-\d{4}"  # (212) 736-5000
    r")(?![\w.-]?\w)"
)
VERSION_BEFORE = re.compile(
    r"(?:\bv|version\W{0,4}|ver\W{0,3}|section\W{1,3}|chapter\W{1,3}|§\s?)$", re.IGNORECASE
)

# What makes a text worth the patterns above (RE2).
AHEAD = (
    r"\w@[A-Za-z0-9-]+\.[A-Za-z]|\d\.\d{1,3}\.\d{1,3}\.\d|[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{0,4}:|/home/\w|/Users/\w"
    r"|:[\\/]+Users[\\/]|\+[1-9]\d{0,2}[ .(-]{0,2}\d{1,4}[ .)-]|\+[1-9]\d{9}|\(\d{3}\) ?\d{3}|\d{3}-\d{3}-\d{4}"
)


def find(text: str) -> list[Found]:
    """All personal data of a text, in order."""
    return sorted({*emails(text), *addresses(text), *homes(text), *phones(text)})


def emails(text: str) -> Iterator[Found]:
    for match in EMAIL.finditer(text) if "@" in text else ():
        local, domain = match[1].lower(), match[2].lower()
        labels = domain.split(".")
        if labels[-1] in NO_DOMAIN or labels[-2] in ANYONE - PROVIDERS or "example" in domain:
            continue
        if len(local) > 1 and len(labels[-2]) > 1 and not is_anyone(local):
            yield Found(*match.span(), "email")


def is_anyone(name: str) -> bool:
    """`user1`, `john.doe`, `my-name`: every part of it is a placeholder."""
    parts = re.split(r"[._+%-]", re.sub(r"\d+", "", name))
    return all(len(part) < 2 or part in ANYONE for part in parts)


def addresses(text: str) -> Iterator[Found]:
    for match in IPV4.finditer(text):
        octets = match[0].split(".")
        plain = is_numbering(octets) or len(set(octets)) < 3 or counts_up(octets)
        before = text[max(0, match.start() - 12) : match.start()]
        # A last octet of 0 is a network, a number after "version" a version.
        if not plain and octets[-1] != "0" and is_public(match[0]) and not VERSION_BEFORE.search(before):
            yield Found(*match.span(), "ip_address")
    for match in IPV6.finditer(text):
        if re.search(r"\d", match[0]) and len(match[0]) > 8 and match[0][-1] != ":" and is_public(match[0]):
            yield Found(*match.span(), "ip_address")


def is_numbering(octets: list[str]) -> bool:
    """1.2.0.4, 2.5.13.22: a version, a section or an object identifier."""
    return all(len(octet) == 1 for octet in octets) or (
        len(octets[0]) == 1 and all(len(octet) < 3 for octet in octets)
    )


def counts_up(octets: list[str]) -> bool:
    """1.2.3.4, 10.20.30.40, 12.34.56.78: written down, not somebody's."""
    numbers = list(map(int, octets))
    return len({after - before for before, after in pairwise(numbers)}) == 1


def is_public(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if address.version == 6 and (address not in UNICAST or ":db8:" in text.lower()):
        return False  # made up: nothing else is given to anyone
    return address.is_global and not address.is_multicast and str(address) not in SERVICES


def homes(text: str) -> Iterator[Found]:
    for match in HOME.finditer(text) if "/home/" in text or "Users" in text else ():
        if not is_anyone(match[1].lower()):
            yield Found(*match.span(), "home_folder")


def phones(text: str) -> Iterator[Found]:
    for match in PHONE.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        # 555 is for films; numbers that count up or repeat are made up.
        made_up = "555" in digits or "12345" in digits or "98765" in digits or len(set(digits)) < 4
        if 10 <= len(digits) <= 15 and not made_up:
            yield Found(*match.span(), "phone_number")
