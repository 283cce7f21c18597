create database if not exists db1;
USE db1;
set @@execute_mode='offline';
create table if not exists t1(key INT, value STRING NOT NULL);
CREATE TABLE t2 LIKE PARQUET 'hdfs://h:9000/dir;old/t2';
--select * from t1 into outfile 'hive://db1.saved' options(mode='append');
LOAD DATA INFILE 'iceberg://prod.db1.t1' INTO TABLE t1 OPTIONS(deep_copy=false);
-- or
LOAD DATA INFILE 'prod.db1.t1' INTO TABLE t1 OPTIONS(deep_copy=false, format='iceberg');
LOAD DATA INFILE 'hive://db1.t1' INTO TABLE db1.t1 OPTIONS(deep_copy=true, sql='SELECT * FROM hive_db.t1 where key=\"a;b\"');
LOAD DATA INFILE 'data.csv' INTO TABLE t1 OPTIONS(delimiter = ';', quote='"', null_value="NA");
LOAD DATA INFILE "s3://bucket/it's/*.csv" INTO TABLE t1 OPTIONS(mode='append', load_mode='cluster', put_if_absent=true);
ALTER TABLE t1 ADD offline_path 'hdfs://foo/bar;1', DROP offline_path 'hdfs://foo/bar2';
SELECT key, value FROM t1 INTO OUTFILE 'tidb://catalog.db1.t1' options(mode='append');
SELECT key FROM t1 INTO OUTFILE 'data2.csv' OPTIONS ( delimiter = '|', quote = '#', coalesce=1 )
