"""The common messages of Cisco's firewalls (ASA, FTD, FWSM, PIX), as layouts of the format ``header``.

https://www.cisco.com/c/en/us/td/docs/security/asa/syslog/asa-syslog.html has them by number. What it calls "for" in a
connection is the foreign side, as the addresses of its ICMP messages (faddr, gaddr, laddr) are called.
"""

from __future__ import annotations

from itertools import product


def _socket(side: str) -> str:
    return f"{{{side}_interface:interface}}:{{{side}_ip:ip}}/{{{side}_port:number}}"


def _mapped(side: str) -> str:
    return f"({{{side}_mapped_ip:ip}}/{{{side}_mapped_port:number}})"


def _user(side: str) -> tuple[str, str]:
    """The user of the identity firewall behind an address, if there is one."""
    return f"({{{side}_user:round}})", ""


_PORTS = "{source_ip:ip}/{source_port:number} to {destination_ip:ip}/{destination_port:number}"
_ON = "on interface {interface:word}"
_LIST = 'by access-group "{access_list:quoted}" [{hash_codes:maybe}]'
_HITS = "hit-cnt {hits:number}"
_ICMP = "type {icmp_type:number}, code {icmp_code:number}"

_BUILT = tuple(
    f"Built {{direction:word}} {{protocol:word}} connection {{connection_id:number}} for "
    f"{_socket('foreign')} {_mapped('foreign')}{foreign} to {_socket('local')} {_mapped('local')}{local}{user}"
    for foreign, local, user in product(_user("foreign"), _user("local"), (" ({user:round})", ""))
)
_REASONS = ("{reason:roundless} from {initiator:word}", "{reason:roundless}")
_TEARDOWN = tuple(
    f"Teardown {{protocol:word}} connection {{connection_id:number}} for {_socket('foreign')}{foreign} to "
    f"{_socket('local')}{local} duration {{connection_duration:uri}} bytes {{bytes:number}}{end}"
    for foreign, local, end in product(
        _user("foreign"),
        _user("local"),
        (*(f" {reason}{user}" for reason in _REASONS for user in (" ({user:round})", "")), " ({user:round})", ""),
    )
)
_ICMP_CONNECTIONS = tuple(
    f"{start} ICMP connection for faddr {{foreign_ip:ip}}/{{foreign_number:number}}{foreign} "
    f"gaddr {{global_ip:ip}}/{{global_number:number}} laddr {{local_ip:ip}}/{{local_number:number}}{local}{kind}"
    for start, foreign, local, kind in product(
        ("Built {direction:word}", "Teardown"),
        _user("foreign"),
        _user("local"),
        (" type {icmp_type:number} code {icmp_code:number}", ""),
    )
)

ASA = (
    # 302013 to 302016, 302020, 302021
    *_BUILT,
    *_TEARDOWN,
    *_ICMP_CONNECTIONS,
    # 106023, 106014
    *(
        f"Deny {{protocol:filled}} src {_socket('source')}{source} dst {_socket('destination')}{destination} {_LIST}"
        for source, destination in product(_user("source"), _user("destination"))
    ),
    "Deny {protocol:filled} src {source_interface:interface}:{source_ip:ip} "
    f"dst {{destination_interface:interface}}:{{destination_ip:ip}} ({_ICMP}) {_LIST}",
    "Deny {direction:word} {protocol:filled} src {source_interface:interface}:{source_ip:ip} "
    f"dst {{destination_interface:interface}}:{{destination_ip:ip}} ({_ICMP})",
    # 106100
    *(
        f"access-list {{access_list:filled}} {{action:word}} {{protocol:filled}} {{source_interface:interface}}/"
        f"{{source_ip:ip}}({{source_port:number}}){source} -> {{destination_interface:interface}}/"
        f"{{destination_ip:ip}}({{destination_port:number}}){destination} {_HITS} {{interval:brackets}} "
        "[{hash_codes:maybe}]"
        for source, destination in product(_user("source"), _user("destination"))
    ),
    # 106001, 106006, 106007, 106015, 106021
    f"{{direction:word}} TCP connection denied from {_PORTS} flags {{tcp_flags:brackets}} {_ON}",
    f"Deny TCP (no connection) from {_PORTS} flags {{tcp_flags:brackets}} {_ON}",
    f"Deny {{direction:word}} {{protocol:word}} from {_PORTS} {_ON}",
    f"Deny {{direction:word}} {{protocol:word}} from {_PORTS} due to {{reason:text}}",
    f"Deny {{protocol:word}} reverse path check from {{source_ip:ip}} to {{destination_ip:ip}} {_ON}",
    # 305011, 305012
    *(
        f"{start} {{translation:word}} {{protocol:word}} translation from {_socket('source')}{user} to "
        f"{_socket('mapped')}{end}"
        for start, end in (("Built", ""), ("Teardown", " duration {connection_duration:uri}"))
        for user in _user("source")
    ),
    # 710003, 710005, 605004, 605005
    "{protocol:word} access denied by ACL from {source_ip:ip}/{source_port:number} to "
    "{destination_interface:interface}:{destination_ip:ip}/{destination_service:uri}",
    "{protocol:word} request discarded from {source_ip:ip}/{source_port:number} to "
    "{destination_interface:interface}:{destination_ip:ip}/{destination_service:uri}",
    *(
        f"Login {result} from {{source_ip:ip}}/{{source_port:number}} to "
        '{destination_interface:interface}:{destination_ip:ip}/{destination_service:uri} for user "{user:quoted}"'
        for result in ("permitted", "denied")
    ),
    # 111008, 111009, 111010
    "User '{user:apostrophes}', running '{application:apostrophes}' from IP {source_ip:ip}, executed '{command:text}'",
    "User '{user:apostrophes}' executed the '{command:apostrophes}' command.",
    "User '{user:apostrophes}' executed cmd: {command:text}",
    # 113004, 113005, 611101, 611102
    "AAA user {aaa_type:word} Successful : server = {server_ip:ip} : user = {user:uri}",
    "AAA user {aaa_type:word} Rejected : reason = {reason:cell} : server = {server_ip:ip} : user = {user:uri} : "
    "user IP = {source_ip:ip}",
    "AAA user {aaa_type:word} Rejected : reason = {reason:cell} : server = {server_ip:ip} : user = {user:uri}",
    *(
        f"User authentication {result}: {address}Uname: {{user:uri}}"
        for result in ("succeeded", "failed")
        for address in ("IP, IP address: {source_ip:ip}, ", "IP address: {source_ip:ip}, ", "")
    ),
    # 113019, 722051 and others of AnyConnect
    "Group = {group_name:listed}, Username = {user:listed}, IP = {source_ip:ip}, Session disconnected. "
    "Session Type: {session_type:listed}, Duration: {session_duration:listed}, Bytes xmt: {bytes_sent:number}, "
    "Bytes rcv: {bytes_received:number}, Reason: {reason:text}",
    "Group <{group_name:angle}> User <{user:angle}> IP <{source_ip:ip}> IPv4 Address <{assigned_ip:angle}> "
    "IPv6 address <{assigned_ipv6:angle}> assigned to session",
    "Group <{group_name:angle}> User <{user:angle}> IP <{source_ip:ip}> ",
)
