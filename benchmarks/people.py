"""A large file of made-up trainings for the benchmarks, with valid identity numbers."""

from __future__ import annotations

from pathlib import Path

import duckdb

TOWNS = 33


def write_trainings(path: Path, rows: int) -> None:
    """Write `rows` trainings as an office's CSV: about one person for eight enrolments."""
    people = max(rows // 8, 100)
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = " + ".join(f"(ascii(substr(b, {i}, 1)) - 48) * {w}" for i, w in enumerate(weights, 1))
    places = Path(__file__).parents[1] / "data" / "reference" / "places.csv"
    with duckdb.connect() as connection:
        connection.execute(
            f"""
            CREATE TABLE people AS
            SELECT n, b || substr('10X98765432', (({total}) % 11) + 1, 1) AS number
            FROM (SELECT n, '441900' || strftime(DATE '1965-01-01' + (n // 997 % 14000)::INTEGER,
                '%Y%m%d') || lpad((n % 997)::VARCHAR, 3, '0') AS b FROM range({people}) AS t(n))
            """
        )
        connection.execute(
            "CREATE TABLE towns AS SELECT name, row_number() OVER () - 1 AS n FROM"
            f" read_csv('{places}', all_varchar = true) WHERE parent = '441900' AND level = 'town'"
        )
        connection.execute(
            f"""
            COPY (
                SELECT 'DG' || lpad(i::VARCHAR, 9, '0') AS 培训记录编号, number AS 身份证号,
                    '演示' AS 姓名, name AS 所属镇街,
                    ['技能提升', '公益性实训', '岗前培训'][1 + (h % 3)::BIGINT] AS 培训类型,
                    '课程' || (h % 300) AS 课程名称, '机构' || (h % 80) AS 培训机构,
                    ['制造业', '数字', '康养'][1 + (h // 7 % 3)::BIGINT] AS 产业类别,
                    strftime(done - ((h // 11) % 20)::INTEGER, '%Y-%m-%d') AS 开班日期,
                    strftime(done, '%Y-%m-%d') AS 结业日期, 4 + (h % 30) * 4 AS 学时,
                    CASE WHEN h % 20 = 0 THEN '不合格' ELSE '合格' END AS 考核结果,
                    CASE WHEN h % 50 = 0 THEN '购买课程服务' ELSE '政府补贴' END AS 资金来源,
                    300 + (h % 28) * 100 AS "补贴金额（元）"
                FROM (SELECT i, hash(i) AS h, DATE '2021-01-01' + (i * 1640 // {rows})::INTEGER AS done
                    FROM range({rows}) AS t(i)) AS r
                JOIN people ON people.n = (h // 13) % {people}
                JOIN towns ON towns.n = (h // 17) % {TOWNS} ORDER BY i
            ) TO '{path}' (HEADER)
            """
        )
