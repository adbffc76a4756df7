"""Layouts of databases, queues and search engines. The meaning of each field is from their documentation."""

from __future__ import annotations

from loglake.kernels.formats.header.layout import ANY_LEVEL, ISO, LEVEL, SOURCE

_ELASTIC = f"[{ISO}][{LEVEL}][{{logger:square}}] [{{node:square}}]"
_COUCHDB = f"[{ANY_LEVEL}] {ISO} {{node:filled}}"
_OPENSEARCH = "took[{took:filled}], took_millis[{took_millis:number}], "
_OPENSEARCH_END = (
    "search_type[{search_type:maybe}], total_shards[{total_shards:number}], source[{source:text}], id[{id:maybe}]…{end}"
)
_COCKROACH = "{level:letter}{timestamp:cockroach} {goroutine:number} {source_file:file}:{source_line:number}"

DATA = (
    # https://github.com/apache/kafka/blob/trunk/config/log4j2.yaml
    *(
        f"[{ISO}] {LEVEL} {component}…({{logger:path}})"
        for component in ("[{component:square}]: ", "[{component:square}] ", "")
    ),
    f"[{ISO}] {LEVEL} …({{logger:path}}:{{source_line:number}})",
    # https://docs.aws.amazon.com/msk/latest/developerguide/msk-connect-logging.html
    *(
        f"[{{worker:worker}}] [{ISO}] {LEVEL} {connector}…({{logger:path}}:{{source_line:number}})"
        for connector in ("[{connector:cells}|{task:cells}] ", "")
    ),
    # https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TaskSettings.Logging.html, and
    # https://aws.amazon.com/blogs/database/debugging-your-aws-dms-migrations-what-to-do-when-things-go-wrong-part-1/
    *(
        f"{thread}{ISO} [{{component:square}}]{{level:letter}}: {place}"
        for thread in ("{thread:number}: ", "")
        for place in ("…({source_file:file}:{source_line:number})", "")
    ),
    # https://github.com/strimzi/strimzi-kafka-operator
    f"{ISO} {LEVEL} …({{logger:path}}) [{{thread:square}}]",
    # https://artemis.apache.org/components/artemis/documentation/latest/logging.html
    f"{ISO} [{{level:audit}}]({{thread:round}}) ",
    # https://www.elastic.co/guide/en/elasticsearch/reference/current/logging.html, and OpenSearch
    f"{_ELASTIC} ",
    f"[{ISO}][{LEVEL}][{{logger:square}}] ",
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
    f"{{timestamp:short}} {LEVEL} {{logger:path}}: ",
    f"{{timestamp:six}} {{pid:number}} {LEVEL} {{logger:path}}: ",
    # https://logging.apache.org/log4j/1.x/apidocs/org/apache/log4j/PatternLayout.html: %d{ISO8601} %p %c (%t): %m%n
    f"{ISO} {LEVEL} {{logger:path}} ({{thread:round}}): ",
    # https://zookeeper.apache.org/doc/current/zookeeperAdmin.html
    *(
        f"{ISO} {server}- {LEVEL} [{{thread:square}}:{{logger:path}}@{{source_line:number}}] - "
        for server in ("[myid:{myid:number}] ", "[myid:] ", "[{context:square}] ", "")
    ),
    # https://documentation.wazuh.com/current/user-manual/manager/wazuh-log-format.html, of its agent and of OSSEC's
    f"{ISO} {{logger:path}}({{message_id:number}}): {LEVEL}: ",
    f"{ISO} {{logger:path}}: {LEVEL}: ({{message_id:number}}): ",
    "{timestamp:ctime} {script:absolute} {action:word} {user:uri} {client_ip:uri} {alert_id:float} {rule_id:number}"
    "…{end}",
    # https://nightlies.apache.org/flink/flink-docs-stable/docs/deployment/advanced/logging/
    f"{ISO} {LEVEL} {{logger:path}} [] - ",
    # https://solr.apache.org/guide/solr/latest/deployment-guide/configuring-logging.html
    f"{ISO} {LEVEL} ({{thread:round}}) [{{context:maybe}}] {{logger:name}} ",
    # https://activemq.apache.org/components/classic/documentation/how-do-i-change-the-logging
    f"{ISO} | {LEVEL} | …| {{logger:path}} | {{thread:cell}}",
    # https://activemq.apache.org/components/classic/documentation/audit-logging
    f"{LEVEL} | …| {{thread:nodename}}",
    # https://docs.scylladb.com/manual/stable/troubleshooting/log-level.html
    *(f"{LEVEL} {ISO} [shard {{shard:number}}{group}] {{logger:path}} - " for group in ("", ":{group:word}")),
    # https://docs.vertica.com/latest/en/admin/monitoring/monitoring-log-files/
    *(
        f"{ISO} {{thread:words}}:{{thread_id:hex}}{transaction} {module}<{{level:vertica}}> {node}"
        for transaction in ("", "-{transaction_id:hex}")
        for module in ("", "[{module:square}] ")
        for node in ("", "@{node:word}: {sql_state:filled}: ")
    ),
    # https://proxysql.com/documentation/
    f"{ISO} {SOURCE}:{{function:function}}(): [{LEVEL}] ",
    # https://redis.io/docs/latest/operate/oss_and_stack/management/
    "{pid:number}:{role:role} {timestamp:day_first} {level:mark} ",
    "{pid:number}:{role:role} {timestamp:redis} {level:mark} ",
    *(f"[{{pid:number}}] {{timestamp:{kind}}} {{level:mark}} " for kind in ("redis", "day_month")),
    "{pid:number}:{role:handler} ({timestamp:epoch}) ",
    # https://redis.io/docs/latest/commands/monitor/
    '{timestamp:epoch} [{database:number} {client:address}] "{command:quoted}"',
    # https://docs.couchdb.org/en/stable/config/logging.html
    f"{_COUCHDB} <{{process:angle}}> {{request_id:filled}} ",
    f"{_COUCHDB} <{{process:angle}}> {{request_id:filled}} {{host:host}} {{client:address}} {{user:filled}} "
    "{method:method} {uri:uri} {status:status} {result:word} {duration_ms:number}",
    f"[{{timestamp:mail}}] [{ANY_LEVEL}] [<{{process:dots}}>] {{client:address}} - {{user:filled}} {{method:method}} "
    "{uri:uri} {status:status}",
    f"[{{timestamp:mail}}] [{ANY_LEVEL}] [<{{process:dots}}>] ",
    f"{_COUCHDB} {{process:word}} {{request_id:filled}} ",
    # https://www.mongodb.com/docs/v4.2/reference/log-messages/
    f"{ISO} {{level:verbosity}} {{component:upper}} [{{context:square}}] ",
    f"{ISO} {{level:verbosity}} {{component:mongodb}} ",
    # https://clickhouse.com/docs/operations/server-configuration-parameters/settings#logger
    f"{ISO} [{{thread:number}}] {{{{query_id:curly}}}} <{ANY_LEVEL}> {{logger:path}}: ",
    f"{ISO} [{{thread:number}}] {{{{query_id:curly}}}} <{ANY_LEVEL}> {{logger:path}} ({{context:round}}): ",
    # https://www.cockroachlabs.com/docs/stable/log-formats, https://docs.couchbase.com/server/current/manage/manage-logging/
    f"{_COCKROACH} ⋮ [{{tags:square}}] {{counter:number}} ",
    f"{_COCKROACH} ⋮ {{counter:number}} ",
    f"{_COCKROACH} ⋮ [{{tags:square}}] ",
    f"{_COCKROACH} ⋮ ",
    f"[{{component:word}}:{ANY_LEVEL},{ISO},{{node:nodename}}:{{process:couch}}:{{module:word}}:{{function:word}}:"
    "{source_line:number}]",
    # https://docs.pingcap.com/tidb/stable/, https://www.ibm.com/docs/en/ibm-mq
    f"[{ISO}] [{LEVEL}] [{{source_file:file}}:{{source_line:number}}] ",
    "{timestamp:slashes} - Process({process:round}) User({user:round}) Program({program:round}) Host({host:round}) "
    "Installation({installation:round}) VRMF({version:round}) QMgr({queue_manager:round})",
    *(
        f"{{timestamp:{kind}}} - Process({{process:round}}) User({{user:round}}) Program({{program:round}}){between}"
        f"Host({{host:round}}) Installation({{installation:round}}){between}VRMF({{version:round}}){manager}"
        for kind in ("slashes", "short", "spaced_slashes")
        for between in (" ", "\n ")
        for manager in (" QMgr({queue_manager:round}) ", " ")
    ),
    # https://docs.nats.io/running-a-nats-service/configuration/logging
    f"[{{pid:number}}] {ISO} [{LEVEL}] {{client:address}} - cid:{{connection_id:number}} - ",
    # https://docs.ceph.com/en/latest/rados/troubleshooting/log-and-debug/
    f"{ISO} {{thread:pointer}} {{debug_level:count}} ",
    f"{ISO} {{thread:pointer}} {{debug_level:count}} log_channel({{channel:round}}) log [{LEVEL}] : ",
    *(
        f"{ISO} {{node:filled}} {entity} {{sequence:number}} : {channel}[{LEVEL}] "
        for entity in ("{entity:filled} {address:peer}", "({entity:round})")
        for channel in ("{channel:word} ", "")
    ),
    # https://help.sonatype.com/en/sonatype-nexus-repository.html, https://docs.sonarsource.com/sonarqube-server/,
    # https://jfrog.com/help/r/jfrog-platform-administration-documentation/artifactory-log-files
    f"{ISO} {LEVEL} [{{thread:square}}] {{user:uri}} {{logger:name}} - ",
    f"{ISO} {LEVEL} {{process:word}}[{{task_id:maybe}}][{{logger:square}}] ",
    f"{ISO} [{{service:square}}] [{LEVEL}] [{{trace_id:maybe}}] [{{logger:square}}:{{source_line:number}}] "
    "[{thread:square}] - ",
    # https://mosquitto.org/man/mosquitto-conf-5.html
    "{timestamp:epoch}: ",
)
