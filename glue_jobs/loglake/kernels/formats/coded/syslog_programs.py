"""What well-known programs write to syslog: layouts of their messages, in the language of the format ``header``."""

from __future__ import annotations

from collections.abc import Mapping

_CLIENT = "{client_ip:ip} port {client_port:number}"
_WHO = ("", "user {user:uri} ", "authenticating user {user:uri} ", "invalid user {user:uri} ")

_SSHD = (
    *(
        f"{action} {{auth_method:filled}} for {who}{{user:uri}} from {_CLIENT}"
        for action in ("Accepted", "Failed", "Postponed")
        for who in ("invalid user ", "")
    ),
    *(
        f"{action} {who}{_CLIENT}"
        for action in ("Connection closed by", "Connection reset by", "Disconnected from", "Disconnecting")
        for who in reversed(_WHO)
    ),
    *(
        f"{start} {_CLIENT}"
        for start in (
            "Invalid user {user:uri} from",
            "Did not receive identification string from",
            "Unable to negotiate with",
            "error: maximum authentication attempts exceeded for invalid user {user:uri} from",
            "error: maximum authentication attempts exceeded for {user:uri} from",
        )
    ),
    f"Connection from {_CLIENT} on {{server_ip:ip}} port {{server_port:number}}",
    f"Received disconnect from {_CLIENT}:{{reason_code:number}}: {{reason:text}}",
    "Received disconnect from {client_ip:ip}: {reason_code:number}: {reason:text}",
    "Invalid user {user:uri} from {client_ip:ip}",
    "Connection closed by {client_ip:ip}",
    "Did not receive identification string from {client_ip:ip}",
    "reverse mapping checking getaddrinfo for {client_host:uri} [{client_ip:ip}] failed",
)
_PAM = (
    "{pam_module:word}({pam_service:path}:{pam_type:word}): session {action:word} for user {user:account}",
    "{pam_module:word}({pam_service:path}:{pam_type:word}): authentication failure; ",
    "{pam_module:word}({pam_service:path}:{pam_type:word}): check pass; user unknown",
    "({pam_module:word}) session {action:word} for user {user:account}",
    "session {action:word} for user {user:account}",
)
_SUDO_AS = "PWD={pwd:part} ; USER={target_user:part} ; COMMAND={command:text}"
_SUDO = (
    f"{{user:uri}} : TTY={{tty:part}} ; {_SUDO_AS}",
    f"{{user:uri}} : {{reason:part}} ; TTY={{tty:part}} ; {_SUDO_AS}",
    f"{{user:uri}} : {_SUDO_AS}",
    "{user:uri} : TTY={tty:part} ; PWD={pwd:part} ; USER={target_user:part} ; GROUP={target_group:part} ; "
    "COMMAND={command:text}",
)
_SU = (
    "(to {target_user:uri}) {user:uri} on {tty:uri}",
    "FAILED SU (to {target_user:uri}) {user:uri} on {tty:uri}",
    "Successful su for {target_user:uri} by {user:uri}",
    "FAILED su for {target_user:uri} by {user:uri}",
)
_CRON = ("({user:round}) {action:upper} ({command:text})",)
_SYSTEMD = (
    "New session {session:filled} of user {user:account}.",
    "Started Session {session:filled} of user {user:account}.",
    "Removed session {session:filled}.",
    "Session {session:filled} logged out.",
)
_POSTFIX = (
    "connect from {client_host:bracketless}[{client_ip:ip}]",
    "disconnect from {client_host:bracketless}[{client_ip:ip}] ",
    "lost connection after {smtp_command:filled} from {client_host:bracketless}[{client_ip:ip}]",
    "{queue_id:queue}: reject: {smtp_command:filled} from {client_host:bracketless}[{client_ip:ip}]: "
    "{smtp_code:number} ",
    "{queue_id:queue}: message-id=<{mail_id:angle}>",
    "{queue_id:queue}: client={client_host:bracketless}[{client_ip:ip}]",
    "{queue_id:queue}: ",
)
_KERNEL = (
    "[{uptime:dmesg}] [UFW {firewall_action:short_text}] ",
    "[UFW {firewall_action:short_text}] ",
    "[{uptime:dmesg}] ",
)
_NAMED = tuple(
    f"{head}{{client_ip:ip}}#{{client_port:number}}{name}: query: {{query_name:uri}} {{query_class:word}} "
    "{query_type:word} {flags:uri} ({server_ip:ip})"
    for head in ("client @{client_id:hex} ", "queries: info: client @{client_id:hex} ", "client ")
    for name in (" ({client_query:round})", "")
)
_BIND = (
    *_NAMED,
    *(
        f"{client} {{client_ip:ip}}#{{client_port:number}}{name}: "
        for client in ("client @{client_id:hex}", "client")
        for name in (" ({client_query:round})", "")
    ),
)
_SHADOW = tuple(
    f"{action} '{{{name}:apostrophes}}'{more}"
    for action, name, more in (
        ("delete user", "user", ""),
        ("add", "user", " to group '{group:apostrophes}'"),
        ("delete", "user", " from group '{group:apostrophes}'"),
        ("change user", "user", ""),
        ("removed group", "group", " owned by '{user:apostrophes}'"),
        ("removed shadow group", "group", " owned by '{user:apostrophes}'"),
        ("group", "group", " removed"),
    )
)
_PROFTPD = (
    *(
        f"{{server:uri}} ({{client_host:bracketless}}[{{client_ip:ip}}]){action}"
        for action in (
            " - USER {user:uri} (",
            " - USER {user:account}: ",
            " - ANON {user:account}: ",
            ": USER {user:account} (",
            ": USER {user:account}: ",
            "",
        )
    ),
    "refused connect from {client_host:uri} ({client_ip:ip})",
)
_DNSMASQ = (
    "query[{query_type:word}] {query_name:uri} from {client_ip:ip}",
    "{action:word} {query_name:uri} is {answer:uri}",
    "forwarded {query_name:uri} to {server_ip:uri}",
    "{dhcp_message:upper}({interface:round}) {client_ip:ip} {mac:filled}",
    "{dhcp_message:upper}({interface:round}) {mac:filled}",
)
_DHCPD = (
    "{dhcp_message:upper} on {client_ip:ip} to {mac:filled} ({client_host:round}) via {interface:filled}",
    "{dhcp_message:upper} on {client_ip:ip} to {mac:filled} via {interface:filled}",
    "{dhcp_message:upper} for {client_ip:ip} from {mac:filled} ({client_host:round}) via {interface:filled}",
    "{dhcp_message:upper} for {client_ip:ip} from {mac:filled} via {interface:filled}",
    "{dhcp_message:upper} from {mac:filled} ({client_host:round}) via {interface:filled}",
    "{dhcp_message:upper} from {mac:filled} via {interface:filled}",
)

_REQUEST = '"{method:method} {uri:uri} {protocol:http}" {status:status} {bytes_sent:count}'
_WEB = tuple(
    f"{{client_ip:ip}} {{ident:uri}} {{user:uri}} [{{request_time:common}}] {_REQUEST}{agent}"
    for agent in (' "{referer:quoted}" "{user_agent:quoted}"', "")
)

PROGRAMS: Mapping[str, tuple[str, ...] | str] = {
    # https://github.com/openssh/openssh-portable/blob/master/auth.c, packet.c, sshd-session.c
    r"sshd(?:-session|-auth)?": (*_SSHD, *_PAM),
    # https://www.sudo.ws/docs/man/sudoers.man/#LOG-FORMAT
    r"sudo": (*_SUDO, *_PAM),
    r"su(?:\(pam_unix\))?": (*_SU, *_PAM),
    # https://github.com/cronie-crond/cronie/blob/master/src/misc.c
    r"(?i:crond?|anacron)": (*_CRON, *_PAM),
    # https://www.freedesktop.org/software/systemd/man/latest/systemd-logind.service.html
    r"systemd(?:-logind)?": (*_SYSTEMD, *_PAM),
    # https://www.postfix.org/
    r"postfix(?:/[\w-]+)*": _POSTFIX,
    # https://docs.kernel.org/networking/ (nf_log_syslog), https://help.ubuntu.com/community/UFW
    r"kernel": _KERNEL,
    # https://bind9.readthedocs.io/en/stable/reference.html#the-query-log
    r"named": _BIND,
    # https://github.com/shadow-maint/shadow (useradd, userdel, groupdel, usermod, gpasswd)
    r"(?:user|group)(?:add|del|mod)|gpasswd": _SHADOW,
    # http://www.proftpd.org/docs/howto/Logging.html
    r"proftpd": _PROFTPD,
    # https://thekelleys.org.uk/dnsmasq/docs/dnsmasq-man.html, https://kb.isc.org/docs/isc-dhcp-44-manual-pages-dhcpd
    r"dnsmasq(?:-dhcp|-tftp)?": _DNSMASQ,
    r"dhcpd": _DHCPD,
    # https://nginx.org/en/docs/syslog.html, https://httpd.apache.org/docs/2.4/logs.html#accesslog
    r"(?i:[\w-]*(?:nginx|httpd|apache2?))": _WEB,
    # https://www.haproxy.com/documentation/haproxy-configuration-manual/latest/#8.2
    r"haproxy": "haproxy",
    # https://www.cisco.com/c/en/us/td/docs/security/asa/syslog/asa-syslog.html
    r"ASA|FTD|FWSM|PIX": "asa",
    # https://github.com/linux-pam/linux-pam
    r"[\w-]+\(pam_unix\)|login|gdm.*|polkitd.*|vsftpd.*": _PAM,
}
"""By an expression of the program's name: its layouts, or the group of `header.loggers` that has them.

The first layout that a message has is read.
"""

_LEVELS = ("[{_level:any_case}]", "{_level:capitals}", "{_level:capitals}:")
_SOURCES = (" [{source_file:file}:{source_line:number}]: ", " {source_file:file}:{source_line:number}: ")
_LOGGERS = (
    " [{thread:square}] {logger:name}: ",
    " [{thread:square}] {logger:name} - ",
    " [{logger:name}] ",
    " {logger:name}: ",
    " {logger:name} - ",
)

ANY_PROGRAM = (
    # https://github.com/kubernetes/klog, https://redis.io/docs/latest/operate/oss_and_stack/management/
    "{_level:letter}{timestamp:klog} {pid:number} {source_file:file}:{source_line:number}] ",
    "{pid:number}:{role:role} {timestamp:day_first} {_level:mark} ",
    "{pid:number}:{role:role} {timestamp:redis} {_level:mark} ",
    *_WEB,
    *(
        f"{time}{level}{rest}"
        for time in ("{timestamp:iso} ", "[{timestamp:iso}] ")
        for level in _LEVELS
        for rest in (*_SOURCES, *_LOGGERS, " ")
    ),
    *(f"[{{_level:any_case}}]{rest}" for rest in (*_SOURCES, *_LOGGERS, " {logger:word}: ")),
    *(f"{level}{rest}" for level in _LEVELS[1:] for rest in (*_SOURCES, *_LOGGERS)),
)
"""The headers of loggers whose lines syslog carries. What only a level starts, the level's own rule reads."""
