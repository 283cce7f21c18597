USE JD_db;
set @@sync_job='true';
set @@job_timeout='600000';
select * from
(
select
    `reqId` as reqId_1,
    case when !isnull(at(`pair_id`, 0)) over w_0_10_ then count_where(`pair_id`, `pair_id` = at(`pair_id`, 0)) over w_0_10_ else null end as pair_count_35,
    case when 1 < dayofweek(timestamp(`eventTime`)) and dayofweek(timestamp(`eventTime`)) < 7 then 1 else 0 end as weekend_43
from
    `flattenRequest`
    window w_0_10_ as (partition by `user_id` order by `eventTime` rows between 10 preceding and 0 preceding))
as out0
last join
(
select
    `reqId` as reqId_14,
    min(`bad_comment_rate`) over w_64d as rate_min_15
from
    (select `eventTime` as `ingestionTime`, bigint(0) as `dt`, '' as `has_bad_comment`, float(0) as `bad_comment_rate`, reqId from `flattenRequest`)
    window w_64d as (
UNION (select `ingestionTime`, `dt`, `has_bad_comment`, `bad_comment_rate`, '' as reqId from `bo_comment`) partition by `sku_id` order by `ingestionTime` rows_range between 64d preceding and 0s preceding MAXSIZE 100 INSTANCE_NOT_IN_WINDOW))
as out2
on out0.reqId_1 = out2.reqId_14
INTO OUTFILE '/work/oneflow_demo/out/1' OPTIONS(mode='overwrite');
LOAD DATA INFILE '/work/oneflow_demo/data/bo_user/*.parquet' INTO TABLE bo_user options(format='parquet', mode='overwrite');
