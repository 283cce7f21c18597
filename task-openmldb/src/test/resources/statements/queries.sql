-- SELECT NULL; from t1
SELECT CAST(NULL as INT) as `null;int`, 123L, .5, 3.1415926f, TRUE FROM t1;
SELECT id, count (val) over (partition by id order by ts rows between 10 preceding and current row)
FROM t1
CONFIG (execute_mode = 'request', values = (10, "foo;", timestamp (4000)));
SELECT * FROM t1 CONFIG (execute_mode = "offline");
SELECT id FROM t1
CONFIG (execute_mode = 'online', values = [ (1, "str", timestamp(1000)), (2, 'it\'s; "foo"', timestamp(5000)) ]);
SELECT sum(col1) over w1 FROM t1 window w1 as (PARTITION BY col0 ORDER BY std_time ROWS_RANGE BETWEEN 30d OPEN PRECEDING AND 1000s PRECEDING EXCLUDE CURRENT_TIME);
(SELECT a FROM t1) UNION ALL (SELECT a FROM t2);
SELECT split_by_value("k1:1,k2:2;", ",", ":") as s, json_array_sort('[{"a": 1; "b": 2}]', 'a', 'b', 1, true), a["k;"], [1, 2] FROM t1;
SELECT a like 'x;%' ESCAPE ';', b ilike "_;", c rlike r'\d;', !d, ~e & 1 | 2 ^ 3 FROM t1 # the end; of the line
WHERE a <> ';' /* a comment
; over two lines */ LIMIT 10;
INSERT OR IGNORE INTO t1 (a, b) VALUES (1, 'x'), (2, ";");
SELECT count(*) FROM t1 GROUP BY a HAVING count(*) > 1;;
SHOW TABLE STATUS LIKE 'db;%';
SHOW COMPONENTS;
