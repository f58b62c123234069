"""A small home: one policy with one target, and one file of three rows, one of them bad."""

from __future__ import annotations

from collections.abc import Callable

#: Types a command; gives exit code, standard output and standard error.
Run = Callable[..., tuple[int, str, str]]

METRICS = """\
units:
  enrolment: {zh: 人次, en: enrolments}
policies:
  dongguan:
    name: {zh: 东莞技能人才行动, en: Dongguan skills campaign}
    document: {zh: 东莞文件, en: Document of Dongguan}
    area: "441900"
    start: 2021-01-01
    by: 2025-12-31
    targets:
      trainings:
        name: {zh: 培训人次, en: Trainings}
        means: {zh: 培训的人次, en: Trainings that were completed}
        clause: "1"
        kind: cumulative
        require: {at_least: 100, unit: enrolment}
        counted_per: city
        lead: 市人力资源社会保障局
        query: {flow: trainings, count: records}
"""

CSV = """\
培训记录编号,身份证号,姓名,所属镇街,结业日期,学时,考核结果,备注
T1,11010519491231002X,,虎门,2023-05-01,8,合格,
T2,11010519491231002X,,虎门,2023-06-01,12,合格,
T3,11010519491231002X,,火星,2023-07-01,8,合格,
"""
