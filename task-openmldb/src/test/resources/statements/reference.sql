-- string with double quote
SELECT "hello" from t1;
-- empty string with single quote; it's here
SELECT '' from t1;
SELECT 3.1415926f from t1;
CREATE TABLE t1 (col0 STRING, col1 int, std_time TIMESTAMP, INDEX(KEY=(col0, col1), TS=std_time, TTL_TYPE=absorlat, TTL=(120min, 100)));
-- SUCCEED
CREATE TABLE t1 LIKE HIVE 'hive://hive_db.t1';
WITH q1 AS (SELECT a FROM t1)
SELECT *
FROM
  (WITH q2 AS (SELECT * FROM q1),  # q1 resolves to the outer query; not to q3
        q3 AS (SELECT * FROM q1)   # it's q1 again
    SELECT * FROM q1);
DEPLOY demo OPTIONS (SKIP_INDEX_CHECK="TRUE")
    SELECT * FROM t1 LAST JOIN t2 ORDER BY t2.col3 ON t1.col1 = t2.col1;
deploy demo options(SYNC="false") SELECT t1.col1 FROM t1;
SET @@session.execute_mode = "offline";
SET @@global.enable_trace = "true";
SET SESSION execute_mode = 'online';
set @@spark_config='spark.executor.memory=2g;spark.executor.cores=2';
SHOW JOBS FROM NAMESERVER LIKE '2';
SHOW JOBLOG 1;
STOP JOB 1;
DELETE FROM t1 WHERE col1 = 'aaaa' and ts_col = 1687145994000;
CREATE USER IF NOT EXISTS user1 OPTIONS(password='123456');
desc t1;
EXPLAIN SELECT * FROM t1;
CALL sp1(1, "a");
SELECT * FROM t1 WHERE c = 'a;b' INTO OUTFILE 'data.csv' OPTIONS ( delimiter = ';', null_value='NA')
