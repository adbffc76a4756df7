"""Layouts of servers and their tools. The meaning of each field is from their documentation."""

from __future__ import annotations

_ISO = "{timestamp:iso}"
_LEVEL = "{level:capitals}"
_SOURCE = "{source_file:file}:{source_line:number}"
_ANY = "{level:any_case}"
_ELASTIC = f"[{_ISO}][{_LEVEL}][{{logger:square}}] [{{node:square}}]"
_COUCHDB = f"[{_ANY}] {_ISO} {{node:filled}}"
_SNORT = (
    "{timestamp:snort} [**] [{generator_id:number}:{signature_id:number}:{revision:number}] {signature:short_text} [**]"
)
_FLOW = "{{protocol:word}} {source:address} -> {destination:address}"
_FLOWS = (_FLOW, "{{protocol:word}} {source:uri} -> {destination:uri}")
_OPENSEARCH = "took[{took:filled}], took_millis[{took_millis:number}], "
_OPENSEARCH_END = (
    "search_type[{search_type:maybe}], total_shards[{total_shards:number}], source[{source:text}], id[{id:maybe}]…{end}"
)
_TORCHSERVE = f"{_ISO} [{_LEVEL}] {{thread:filled}}"
_UWSGI = (
    "[pid: {pid:number}|app: {app:count}|req: {app_requests:number}/{requests:number}] {client:uri} ({user:round}) "
    "{{variables:number} vars in {request_bytes:number} bytes} [{timestamp:ctime}] {method:method} {uri:uri} => "
    "generated {response_bytes:number} bytes in"
)

_COCKROACH = "{level:letter}{timestamp:cockroach} {goroutine:number} {source_file:file}:{source_line:number}"
_SSSD = "[{domain:uri}] [{function:function}] ({debug_level:hex}): "

DATA = (
    # https://github.com/apache/kafka/blob/trunk/config/log4j2.yaml
    f"[{_ISO}] {_LEVEL} …({{logger:path}})",
    f"[{_ISO}] {_LEVEL} …({{logger:path}}:{{source_line:number}})",
    # https://docs.aws.amazon.com/msk/latest/developerguide/msk-connect-logging.html
    *(
        f"[{{worker:worker}}] [{_ISO}] {_LEVEL} {connector}…({{logger:path}}:{{source_line:number}})"
        for connector in ("[{connector:cells}|{task:cells}] ", "")
    ),
    # https://github.com/strimzi/strimzi-kafka-operator
    f"{_ISO} {_LEVEL} …({{logger:path}}) [{{thread:square}}]",
    # https://artemis.apache.org/components/artemis/documentation/latest/logging.html
    f"{_ISO} [{{level:audit}}]({{thread:round}}) ",
    # https://www.elastic.co/guide/en/elasticsearch/reference/current/logging.html, and OpenSearch
    f"{_ELASTIC} ",
    f"[{_ISO}][{_LEVEL}][{{logger:square}}] ",
    # https://www.elastic.co/guide/en/elasticsearch/reference/7.17/index-modules-slowlog.html
    f"{_ELASTIC} [{{index:filled}}][{{shard:number}}] took[{{took:filled}}], took_millis[{{took_millis:number}}], "
    "total_hits[{total_hits:maybe}], types[{types:maybe}], stats[{stats:maybe}], search_type[{search_type:maybe}], "
    "total_shards[{total_shards:number}], source[{source:text}], id[{id:maybe}], ",
    f"{_ELASTIC} [{{index:filled}}][{{shard:number}}] took[{{took:filled}}], took_millis[{{took_millis:number}}], "
    "total_hits[{total_hits:maybe}], stats[{stats:maybe}], search_type[{search_type:maybe}], "
    "total_shards[{total_shards:number}], source[{source:text}], id[{id:maybe}], ",
    f"{_ELASTIC} [{{index:filled}}][{{shard:number}}] took[{{took:filled}}], took_millis[{{took_millis:number}}], "
    "types[{types:maybe}], stats[{stats:maybe}], search_type[{search_type:maybe}], "
    "total_shards[{total_shards:number}], source[{source:text}]",
    # https://github.com/opensearch-project/OpenSearch: SearchSlowLog, SearchRequestSlowLog
    *(
        f"{_ELASTIC} [{{index:filled}}][{{shard:number}}] {_OPENSEARCH}total_hits[{{total_hits:maybe}}], "
        f"{types}stats[{{stats:maybe}}], {_OPENSEARCH_END}"
        for types in ("types[{types:maybe}], ", "")
    ),
    *(
        f"{_ELASTIC} {_OPENSEARCH}{phases}{hits}{_OPENSEARCH_END}"
        for phases in ("phase_took_millis[{phase_took_millis:maybe}], ", "")
        for hits in ("total_hits[{total_hits:maybe}], ", "")
    ),
    f"{_ELASTIC} [{{index:filled}}] took[{{took:filled}}], took_millis[{{took_millis:number}}], "
    "type[{type:maybe}], id[{id:maybe}], routing[{routing:maybe}] , source[{source:text}]",
    f"{_ELASTIC} [{{index:filled}}] took[{{took:filled}}], took_millis[{{took_millis:number}}], "
    "type[{type:maybe}], id[{id:maybe}], routing[{routing:maybe}], source[{source:text}]",
    f"{_ELASTIC} [{{index:filled}}] took[{{took:filled}}], took_millis[{{took_millis:number}}], "
    "id[{id:maybe}], routing[{routing:maybe}], source[{source:text}]",
    # https://spark.apache.org/docs/latest/configuration.html#configuring-logging, Hadoop's HDFS
    f"{{timestamp:short}} {_LEVEL} {{logger:path}}: ",
    f"{{timestamp:six}} {{pid:number}} {_LEVEL} {{logger:path}}: ",
    # https://logging.apache.org/log4j/1.x/apidocs/org/apache/log4j/PatternLayout.html: %d{ISO8601} %p %c (%t): %m%n
    f"{_ISO} {_LEVEL} {{logger:path}} ({{thread:round}}): ",
    # https://zookeeper.apache.org/doc/current/zookeeperAdmin.html
    *(
        f"{_ISO} {server}- {_LEVEL} [{{thread:square}}:{{logger:path}}@{{source_line:number}}] - "
        for server in ("[myid:{myid:number}] ", "[myid:] ", "[{context:square}] ", "")
    ),
    # https://nightlies.apache.org/flink/flink-docs-stable/docs/deployment/advanced/logging/
    f"{_ISO} {_LEVEL} {{logger:path}} [] - ",
    # https://solr.apache.org/guide/solr/latest/deployment-guide/configuring-logging.html
    f"{_ISO} {_LEVEL} ({{thread:round}}) [{{context:maybe}}] {{logger:name}} ",
    # https://activemq.apache.org/components/classic/documentation/how-do-i-change-the-logging
    f"{_ISO} | {_LEVEL} | …| {{logger:path}} | {{thread:cell}}",
    # https://activemq.apache.org/components/classic/documentation/audit-logging
    f"{_LEVEL} | …| {{thread:nodename}}",
    # https://docs.scylladb.com/manual/stable/troubleshooting/log-level.html
    *(f"{_LEVEL} {_ISO} [shard {{shard:number}}{group}] {{logger:path}} - " for group in ("", ":{group:word}")),
    # https://docs.vertica.com/latest/en/admin/monitoring/monitoring-log-files/
    *(
        f"{_ISO} {{thread:words}}:{{thread_id:hex}}{transaction} {module}<{{level:vertica}}> {node}"
        for transaction in ("", "-{transaction_id:hex}")
        for module in ("", "[{module:square}] ")
        for node in ("", "@{node:word}: {sql_state:filled}: ")
    ),
    # https://proxysql.com/documentation/
    f"{_ISO} {_SOURCE}:{{function:function}}(): [{_LEVEL}] ",
    # https://redis.io/docs/latest/operate/oss_and_stack/management/
    "{pid:number}:{role:role} {timestamp:day_first} {level:mark} ",
    "{pid:number}:{role:role} {timestamp:redis} {level:mark} ",
    "[{pid:number}] {timestamp:redis} {level:mark} ",
    "{pid:number}:signal-handler ({timestamp:epoch}) ",
    # https://docs.couchdb.org/en/stable/config/logging.html
    f"{_COUCHDB} <{{process:angle}}> {{request_id:filled}} ",
    f"{_COUCHDB} <{{process:angle}}> {{request_id:filled}} {{host:host}} {{client:address}} {{user:filled}} "
    "{method:method} {uri:uri} {status:status} {result:word} {duration_ms:number}",
    f"[{{timestamp:mail}}] [{_ANY}] [<{{process:dots}}>] {{client:address}} - {{user:filled}} {{method:method}} "
    "{uri:uri} {status:status}",
    f"[{{timestamp:mail}}] [{_ANY}] [<{{process:dots}}>] ",
    f"{_COUCHDB} {{process:word}} {{request_id:filled}} ",
    # https://www.mongodb.com/docs/v4.2/reference/log-messages/
    f"{_ISO} {{level:verbosity}} {{component:upper}} [{{context:square}}] ",
    # https://clickhouse.com/docs/operations/server-configuration-parameters/settings#logger
    f"{_ISO} [{{thread:number}}] {{{{query_id:curly}}}} <{_ANY}> {{logger:path}}: ",
    f"{_ISO} [{{thread:number}}] {{{{query_id:curly}}}} <{_ANY}> {{logger:path}} ({{context:round}}): ",
    # https://www.cockroachlabs.com/docs/stable/log-formats, https://docs.couchbase.com/server/current/manage/manage-logging/
    f"{_COCKROACH} ⋮ [{{tags:square}}] {{counter:number}} ",
    f"{_COCKROACH} ⋮ {{counter:number}} ",
    f"{_COCKROACH} ⋮ [{{tags:square}}] ",
    f"{_COCKROACH} ⋮ ",
    f"[{{component:word}}:{_ANY},{_ISO},{{node:nodename}}:{{process:couch}}:{{module:word}}:{{function:word}}:"
    "{source_line:number}]",
    # https://docs.pingcap.com/tidb/stable/, https://www.ibm.com/docs/en/ibm-mq
    f"[{_ISO}] [{_LEVEL}] [{{source_file:file}}:{{source_line:number}}] ",
    "{timestamp:slashes} - Process({process:round}) User({user:round}) Program({program:round}) Host({host:round}) "
    "Installation({installation:round}) VRMF({version:round}) QMgr({queue_manager:round})",
    # https://docs.nats.io/running-a-nats-service/configuration/logging
    f"[{{pid:number}}] {_ISO} [{_LEVEL}] {{client:address}} - cid:{{connection_id:number}} - ",
    # https://docs.ceph.com/en/latest/rados/troubleshooting/log-and-debug/
    f"{_ISO} {{thread:pointer}} {{debug_level:count}} ",
    # https://help.sonatype.com/en/sonatype-nexus-repository.html, https://docs.sonarsource.com/sonarqube-server/,
    # https://jfrog.com/help/r/jfrog-platform-administration-documentation/artifactory-log-files
    f"{_ISO} {_LEVEL} [{{thread:square}}] {{user:uri}} {{logger:name}} - ",
    f"{_ISO} {_LEVEL} {{process:word}}[{{task_id:maybe}}][{{logger:square}}] ",
    f"{_ISO} [{{service:square}}] [{_LEVEL}] [{{trace_id:maybe}}] [{{logger:square}}:{{source_line:number}}] "
    "[{thread:square}] - ",
    # https://mosquitto.org/man/mosquitto-conf-5.html
    "{timestamp:epoch}: ",
)

NETWORK = (
    # https://docs.gluster.org/en/latest/Administrator-Guide/Logging/
    *(
        f"[{_ISO}] {{level:letter}} {message_id}[{_SOURCE}:{{function:function}}] {{domain:host}}: "
        for message_id in ("", "[MSGID: {message_id:number}] ")
    ),
    # https://wiki.squid-cache.org/SquidFaq/SquidLogs#cachelog
    f"{_ISO} {{process:kid}}| ",
    # https://www.haproxy.com/documentation/haproxy-configuration-manual/latest/
    f"[{_ANY}] {{timestamp:year_day}} ({{pid:number}}) : ",
    f"[{_ANY}] ({{pid:number}}) : ",
    # https://coredns.io/plugins/log/
    *(
        f'{time}[{_LEVEL}] {{client:address}} - {{query_id:number}} "{{query_type:filled}} {{query_class:filled}} '
        '{query_name:uri} {network:word} {request_size:number} {dnssec_ok:word} {buffer_size:number}" '
        "{response_code:word} {flags:filled} {response_size:number} {duration:uptime}"
        for time in ("", f"{_ISO} ")
    ),
    # https://bind9.readthedocs.io/en/stable/reference.html#the-query-log
    *(
        f"{head}{client} {{client_ip:ip}}#{{client_port:number}}{name}: query: {{query_name:uri}} {{query_class:word}} "
        "{query_type:word} {flags:uri} ({server_ip:ip})"
        for head in ("{timestamp:day_first} {category:word}: {level:any_case}: ", "{timestamp:day_first} ")
        for client in ("client @{client_id:hex}", "client")
        for name in (" ({client_query:round})", "")
    ),
    f"{{timestamp:day_first}} {{category:path}}: {_ANY}: ",
    # https://unbound.docs.nlnetlabs.nl/en/latest/manpages/unbound.conf.html
    f"[{{timestamp:epoch}}] {{program:path}}[{{pid:number}}:{{tid:number}}] {_ANY}: ",
    # https://docs.suricata.io/en/latest/output/, https://docs.snort.org/
    *(
        f"{alert} {classification}[Priority: {{priority:number}}] {flow}"
        for alert in (_SNORT, _SNORT.replace("[**]", "[{action:word}] [**]", 1))
        for classification in ("[Classification: {classification:square}] ", "")
        for flow in _FLOWS
    ),
    "{timestamp:suricata} - <{level:any_case}> - ",
    # https://uwsgi-docs.readthedocs.io/en/latest/LogFormat.html
    *(
        f"{_UWSGI} {{{duration}:number}} {unit} ({{protocol:http}} {{status:number}}) {{headers:number}} headers in "
        "{header_bytes:number} bytes ({switches:number} switches on core {core:number})"
        for duration, unit in (("duration_ms", "msecs"), ("duration_us", "micros"), ("duration_s", "secs"))
    ),
    f"{_UWSGI} {{duration_ms:number}} msecs ({{protocol:http}} {{status:number}}) ",
    # https://www.cups.org/doc/man-cupsd-logs.html, https://sssd.io/troubleshooting/basics.html
    "{level:letter} [{timestamp:common}] [Job {job_id:number}] ",
    "{level:letter} [{timestamp:common}] ",
    "{printer:filled} {user:filled} {job_id:number} [{timestamp:common}] {pages:filled} {copies:number} "
    "{billing:filled} {host:filled} {job_name:short_text} {media:filled} {sides:filled}",
    f"({{timestamp:ctime}}) {_SSSD}",
    f"({{timestamp:padded}}): {_SSSD}",
    # https://theforeman.org/manuals/latest/, https://mmonit.com/monit/documentation/monit.html
    f"{_ISO} [{{level:letter}}|{{component:word}}|{{request_id:hexes}}] ",
    f"[{{timestamp:monit}}] {_ANY} : ",
    # https://techdocs.broadcom.com/us/en/vmware-cis/vsphere.html
    f"{_ISO} {_ANY} {{logger:path}}[{{pid:number}}] [Originator@{{enterprise:number}} {{originator:square}}] ",
    f"{_ISO} {_ANY} {{logger:path}}[{{pid:number}}] ",
    # https://github.com/fail2ban/fail2ban, https://docs.datadoghq.com/agent/, https://docs.newrelic.com/docs/apm/agents/
    f"{_ISO} {{logger:name}} [{{pid:number}}]: {_LEVEL} [{{jail:square}}] ",
    f"{_ISO} | {{component:word}} | {_LEVEL} | ({{source_file:file}}:{{source_line:number}} in {{function:short_text}})"
    " | ",
    f"{_ISO} ({{pid:number}}/{{thread:square}}) {{logger:name}} {_LEVEL} - ",
    # https://www.pgbouncer.org/config.html, http://supervisord.org/logging.html, https://icinga.com/docs/icinga-2/latest/
    f"{_ISO} {{pid:number}} {{level:pgbouncer}} ",
    f"{_ISO} [{{pid:number}}] {{level:pgbouncer}} ",
    "{timestamp:asctime} {level:supervisor} ",
    f"[{_ISO}] {_ANY}/{{logger:path}}: ",
    # https://rethinkdb.com/docs/, https://github.com/projectcalico/calico, https://docs.ray.io/en/latest/ray-observability/
    f"{_ISO} {{uptime:uptime}} {_ANY}: ",
    f"{_ISO} [{_LEVEL}][{{pid:number}}] {{source_file:file}} {{source_line:number}}: ",
    *(
        f"[{_ISO} {{level:letter}} {{pid:number}} {{tid:number}}] {more}"
        for more in ("", f"({{component:round}}) {_SOURCE}: ")
    ),
    # https://docs.pytorch.org/serve/logging.html
    *(f"{_TORCHSERVE} {{logger:{kind}}} - " for kind in ("dotted", "torchserve")),
    *(
        f'{head} - /{{client:address}} "{{method:method}} {{uri:uri}} {{protocol:http}}" {{status:status}} '
        "{duration_ms:number}"
        for head in (_ISO, f"{_TORCHSERVE} ACCESS_LOG")
    ),
    # https://redmine.lighttpd.net/projects/lighttpd/wiki/DebugVariables
    f"{_ISO}: ({{source_file:file}}.{{source_line:number}}) ",
    # https://github.com/oVirt/vdsm
    f"{{thread:path}}::{_LEVEL}::{_ISO}::{{module:path}}::{{source_line:number}}::{{logger:path}}::"
    "({function:function}) ",
    # https://devcenter.heroku.com/articles/logging
    f"{_ISO} {{program:word}}[{{process:dyno}}]: ",
    # https://www.tensorflow.org/, Cisco's IOS
    f"{_ISO}: {{level:letter}} {{source_file:file}}:{{source_line:number}}] ",
    # https://www.kernel.org/doc/html/latest/core-api/printk-basics.html
    "[{uptime:dmesg}] ",
    # https://github.com/logpai/loghub: Blue Gene, and component based servicing of Windows
    "{alert:alert} {epoch:epoch} {date:filled} {node:filled} {timestamp:bluegene} {node_2:filled} {type:word} "
    f"{{component:word}} {_LEVEL} ",
    f"{_ISO}, {{level:any_case}} {{component:word}} ",
    "{timestamp:colons}|{component:path}|{pid:number}|",
)
