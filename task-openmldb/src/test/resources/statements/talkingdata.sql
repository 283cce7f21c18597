CREATE DATABASE IF NOT EXISTS demo_db;
USE demo_db;
CREATE TABLE IF NOT EXISTS talkingdata(
    ip int,
    app int,
    device int,
    os int,
    channel int,
    click_time timestamp,
    is_attributed int);
set @@job_timeout=200000;
LOAD DATA INFILE 'file:///tmp/train_sample.csv'
INTO TABLE talkingdata OPTIONS(mode='overwrite',
 deep_copy=false);
SELECT is_attributed, ip, app, device, os, channel, hour(click_time) as hour, day(click_time) as day,
count(channel) over w1 as qty,
count(channel) over w2 as ip_app_count
FROM talkingdata
WINDOW
w1 as (partition by ip order by click_time ROWS_RANGE BETWEEN 1h PRECEDING AND CURRENT ROW),
w2 as (partition by ip, app order by click_time ROWS_RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
INTO OUTFILE 'file:///tmp/train_feature' OPTIONS(mode='overwrite');
