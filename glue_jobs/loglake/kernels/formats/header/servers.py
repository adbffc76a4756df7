"""Layouts of servers and their tools, whose fields only their documentation gives a meaning to."""

from __future__ import annotations

_ISO = "{timestamp:iso}"
_LEVEL = "{level:capitals}"
_ANY = "{level:any_case}"
_ELASTIC = f"[{_ISO}][{_LEVEL}][{{logger:square}}] [{{node:square}}]"
_COUCHDB = f"[{_ANY}] {_ISO} {{node:filled}}"
_SNORT = (
    "{timestamp:snort} [**] [{generator_id:number}:{signature_id:number}:{revision:number}] {signature:short_text} [**]"
)
_FLOW = "{{protocol:word}} {source:uri} -> {destination:uri}"

DATA = (
    # https://github.com/apache/kafka/blob/trunk/config/log4j2.yaml
    f"[{_ISO}] {_LEVEL} …({{logger:path}})",
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
    f"{_ELASTIC} [{{index:filled}}] took[{{took:filled}}], took_millis[{{took_millis:number}}], "
    "type[{type:maybe}], id[{id:maybe}], routing[{routing:maybe}], source[{source:text}]",
    f"{_ELASTIC} [{{index:filled}}] took[{{took:filled}}], took_millis[{{took_millis:number}}], "
    "id[{id:maybe}], routing[{routing:maybe}], source[{source:text}]",
    # https://spark.apache.org/docs/latest/configuration.html#configuring-logging, Hadoop's HDFS
    f"{{timestamp:short}} {_LEVEL} {{logger:path}}: ",
    f"{{timestamp:six}} {{pid:number}} {_LEVEL} {{logger:path}}: ",
    # https://zookeeper.apache.org/doc/current/zookeeperAdmin.html
    f"{_ISO} [{{context:square}}] - {_LEVEL} [{{thread:square}}:{{logger:path}}@{{source_line:number}}] - ",
    f"{_ISO} - {_LEVEL} [{{thread:square}}:{{logger:path}}@{{source_line:number}}] - ",
    # https://nightlies.apache.org/flink/flink-docs-stable/docs/deployment/advanced/logging/
    f"{_ISO} {_LEVEL} {{logger:path}} [] - ",
    # https://solr.apache.org/guide/solr/latest/deployment-guide/configuring-logging.html
    f"{_ISO} {_LEVEL} ({{thread:round}}) [{{context:maybe}}] {{logger:name}} ",
    # https://activemq.apache.org/components/classic/documentation/how-do-i-change-the-logging
    f"{_ISO} | {_LEVEL} | …| {{logger:path}} | {{thread:cell}}",
    # https://redis.io/docs/latest/operate/oss_and_stack/management/
    "{pid:number}:{role:role} {timestamp:day_first} {level:mark} ",
    "[{pid:number}] {timestamp:redis} {level:mark} ",
    "{pid:number}:signal-handler ({timestamp:epoch}) ",
    # https://docs.couchdb.org/en/stable/config/logging.html
    f"{_COUCHDB} <{{process:angle}}> {{request_id:filled}} ",
    f"{_COUCHDB} <{{process:angle}}> {{request_id:filled}} {{host:host}} {{client:address}} {{user:filled}} "
    "{method:method} {uri:uri} {status:status} {result:word} {duration_ms:number}",
    f"{_COUCHDB} {{process:word}} {{request_id:filled}} ",
    # https://www.mongodb.com/docs/v4.2/reference/log-messages/
    f"{_ISO} {{level:verbosity}} {{component:upper}} [{{context:square}}] ",
    # https://clickhouse.com/docs/operations/server-configuration-parameters/settings#logger
    f"{_ISO} [{{thread:number}}] {{{{query_id:curly}}}} <{_ANY}> {{logger:path}}: ",
    f"{_ISO} [{{thread:number}}] {{{{query_id:curly}}}} <{_ANY}> {{logger:path}} ({{context:round}}): ",
    # https://mosquitto.org/man/mosquitto-conf-5.html
    "{timestamp:epoch}: ",
)

NETWORK = (
    # https://www.haproxy.com/documentation/haproxy-configuration-manual/latest/
    f"[{_ANY}] {{timestamp:year_day}} ({{pid:number}}) : ",
    f"[{_ANY}] ({{pid:number}}) : ",
    # https://coredns.io/plugins/log/
    f'[{_LEVEL}] {{client:address}} - {{query_id:number}} "{{query_type:filled}} {{query_class:filled}} '
    '{query_name:uri} {network:word} {request_size:number} {dnssec_ok:word} {buffer_size:number}" '
    "{response_code:word} {flags:filled} {response_size:number} {duration:uptime}",
    # https://bind9.readthedocs.io/en/stable/reference.html#the-query-log
    *(
        f"{head}{client} {{client_ip:ip}}#{{client_port:number}}{name}: query: {{query_name:uri}} {{query_class:word}} "
        "{query_type:word} {flags:uri} ({server_ip:ip})"
        for head in ("{timestamp:day_first} queries: {level:any_case}: ", "{timestamp:day_first} ")
        for client in ("client @{client_id:hex}", "client")
        for name in (" ({client_query:round})", "")
    ),
    f"{{timestamp:day_first}} {{category:path}}: {_ANY}: ",
    # https://unbound.docs.nlnetlabs.nl/en/latest/manpages/unbound.conf.html
    f"[{{timestamp:epoch}}] {{program:path}}[{{pid:number}}:{{tid:number}}] {_ANY}: ",
    # https://docs.suricata.io/en/latest/output/, https://docs.snort.org/
    f"{_SNORT} [Classification: {{classification:square}}] [Priority: {{priority:number}}] {_FLOW}",
    f"{_SNORT} [Priority: {{priority:number}}] {_FLOW}",
    "{timestamp:suricata} - <{level:any_case}> - ",
    # https://www.kernel.org/doc/html/latest/core-api/printk-basics.html
    "[{uptime:dmesg}] ",
    # https://github.com/logpai/loghub: Blue Gene, and component based servicing of Windows
    "{alert:alert} {epoch:epoch} {date:filled} {node:filled} {timestamp:bluegene} {node_2:filled} {type:word} "
    f"{{component:word}} {_LEVEL} ",
    f"{_ISO}, {{level:any_case}} {{component:word}} ",
    "{timestamp:colons}|{component:path}|{pid:number}|",
)
