"""Large files of made-up trainings and certificates for the benchmarks, with valid identity numbers."""

from __future__ import annotations

from pathlib import Path

import duckdb

PLACES = Path(__file__).parents[1] / "data" / "reference" / "places.csv"

#: Each policy's area, and what an office there writes before its numbers.
AREAS = {"441900": "DG", "440700": "JM", "440000": "GD", "210200": "DL", "330800": "QZ"}

#: The bases and studios of Dalian that train, each with its type and level.
_TRAINERS = (("高技能人才培训基地", "国家级"), ("技能大师工作室", "市级"), ("技能大师工作站", "省级"))
_TRAINERS_OF = "210200"
_TRAINER_COUNT = 60

_KINDS = "['技能提升', '公益性实训', '岗前培训', '新型学徒制', '研修交流']"
_SECTORS = "['制造业', '数字', '康养']"
_LEVELS = "['初级工', '中级工', '高级工', '技师', '高级技师', '特级技师', '首席技师']"
_ISSUERS = "['企业', '社会评价组织', '院校', '公共实训中心']"
_PATHWAYS = "['等级认定', '竞赛晋级', '直接认定', '学制']"
_PROGRAMMES = """[NULL, '青年技能骨干', 'annual-training', 'smart-manufacturing',
    'ecommerce-housekeeping', 'elderly-care', 'childcare', 'culture-tourism', 'road-transport',
    'post-express', 'rural-talent', 'entrepreneurship', 'apprentices', 'school-leavers', 'veterans',
    'disabled', 'state-enterprises', 'small-firms', 'construction', 'safety']"""


def write_trainings(path: Path, rows: int) -> None:
    """Write `rows` trainings as Dongguan's office would: about one person for eight enrolments."""
    people = max(rows // 8, 100)
    with duckdb.connect() as connection:
        _make_people(connection, "441900", people)
        towns = _make_towns(connection, "parent = '441900' AND level = 'town'")
        connection.execute(
            f"""
            COPY (
                SELECT 'DG' || lpad(i::VARCHAR, 9, '0') AS 培训记录编号, number AS 身份证号,
                    '演示' AS 姓名, name AS 所属镇街,
                    ['技能提升', '公益性实训', '岗前培训'][1 + (h % 3)::BIGINT] AS 培训类型,
                    '课程' || (h % 300) AS 课程名称, '机构' || (h % 80) AS 培训机构,
                    {_SECTORS}[1 + (h // 7 % 3)::BIGINT] AS 产业类别,
                    strftime(done - ((h // 11) % 20)::INTEGER, '%Y-%m-%d') AS 开班日期,
                    strftime(done, '%Y-%m-%d') AS 结业日期, 4 + (h % 30) * 4 AS 学时,
                    CASE WHEN h % 20 = 0 THEN '不合格' ELSE '合格' END AS 考核结果,
                    CASE WHEN h % 50 = 0 THEN '购买课程服务' ELSE '政府补贴' END AS 资金来源,
                    300 + (h % 28) * 100 AS "补贴金额（元）"
                FROM ({_days(rows, "2021-01-01", 1640)}) AS r
                JOIN people ON people.n = (h // 13) % {people}
                JOIN towns ON towns.n = (h // 17) % {towns} ORDER BY i
            ) TO '{path}' (HEADER)
            """
        )


def write_area(folder: Path, area: str, trainings: int, certificates: int) -> None:
    """Write what the offices of a policy's area send: trainings and certificates of the same people,
    spread over all its towns, of every kind that a target counts."""
    people = max(trainings // 8, certificates // 2, 100)
    with duckdb.connect() as connection:
        _make_people(connection, area, people)
        towns = _make_towns(connection, _LEAVES.format(area=area))
        spread = f"""
            JOIN people ON people.n = (h // 13) % {people}
            JOIN towns ON towns.n = (h // 17) % {towns}"""
        if area == _TRAINERS_OF:
            _write_trainers(connection, folder / "institutions.csv")
        connection.execute(
            f"""
            COPY (
                SELECT '{AREAS[area]}BM' || lpad(i::VARCHAR, 9, '0') AS 培训记录编号,
                    number AS 身份证号, '演示' AS 姓名, code AS 所属镇街,
                    {_one_of(_PROGRAMMES, 20, 3)} AS 培训项目,
                    {_one_of(_KINDS, 5, 5)} AS 培训类型, '课程' || (h % 300) AS 课程名称,
                    '机构' || (h % 80) AS 培训机构,
                    CASE WHEN '{area}' = '{_TRAINERS_OF}' AND h % 4 = 0 THEN
                        'BM' || lpad((h // 19 % {_TRAINER_COUNT})::VARCHAR, 4, '0') END AS 载体编号,
                    {_one_of(_SECTORS, 3, 7)} AS 产业类别, {_one_of(_LEVELS, 4, 23)} AS 培训等级,
                    strftime(done - ((h // 11) % 20)::INTEGER, '%Y-%m-%d') AS 开班日期,
                    strftime(done, '%Y-%m-%d') AS 结业日期, 4 + (h % 30) * 4 AS 学时,
                    CASE WHEN h % 20 = 0 THEN '不合格' ELSE '合格' END AS 考核结果,
                    CASE WHEN h % 50 = 0 THEN '购买课程服务' ELSE '政府补贴' END AS 资金来源,
                    300 + (h % 28) * 100 AS "补贴金额（元）"
                FROM ({_days(trainings, "2021-01-01", 1640)}) AS r {spread} ORDER BY i
            ) TO '{folder / "trainings.csv"}' (HEADER)
            """
        )
        connection.execute(
            f"""
            COPY (
                SELECT '{AREAS[area]}BM' || lpad(i::VARCHAR, 9, '0') AS 证书编号, number AS 身份证号,
                    '演示' AS 姓名, code AS 所属镇街, '职业' || (h % 40) AS "职业（工种）",
                    {_one_of(_LEVELS, 5, 3)} AS 技能等级, '职业技能等级' AS 证书类别,
                    '机构' || (h % 80) AS 发证机构, {_one_of(_ISSUERS, 4, 5)} AS 机构类型,
                    {_one_of(_SECTORS, 3, 7)} AS 产业类别, {_one_of(_PATHWAYS, 4, 11)} AS 取得途径,
                    strftime(done, '%Y-%m-%d') AS 发证日期,
                    CASE WHEN h % 100 = 0
                        THEN strftime(done + (h // 29 % 900)::INTEGER, '%Y-%m-%d') END AS 注销日期
                FROM ({_days(certificates, "2015-01-01", 3800)}) AS r {spread} ORDER BY i
            ) TO '{folder / "certifications.csv"}' (HEADER)
            """
        )


#: Places without any below them, but for those of a smaller policy's area inside the area.
_LEAVES = """
    code NOT IN (SELECT parent FROM known WHERE parent IS NOT NULL)
    AND code IN (SELECT place FROM below WHERE ancestor = '{area}')
    AND code NOT IN (
        SELECT place FROM below WHERE ancestor IN ('441900', '440700') AND ancestor <> '{area}'
    )
"""


def _make_people(connection: duckdb.DuckDBPyConnection, area: str, people: int) -> None:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = " + ".join(f"(ascii(substr(b, {i}, 1)) - 48) * {w}" for i, w in enumerate(weights, 1))
    connection.execute(
        f"""
        CREATE TABLE people AS
        SELECT n, b || substr('10X98765432', (({total}) % 11) + 1, 1) AS number
        FROM (SELECT n, '{area}' || strftime(DATE '1965-01-01' + (n // 997 % 14000)::INTEGER,
            '%Y%m%d') || lpad((n % 997)::VARCHAR, 3, '0') AS b FROM range({people}) AS t(n))
        """
    )


def _make_towns(connection: duckdb.DuckDBPyConnection, wanted: str) -> int:
    """Make the table `towns` of the current places that are `wanted`; how many they are."""
    connection.execute(
        f"""
        CREATE TEMP TABLE known AS
        SELECT * FROM read_csv('{PLACES}', all_varchar = true) WHERE successor IS NULL;
        CREATE TEMP TABLE below AS
        WITH RECURSIVE up AS (
            SELECT code AS place, code AS ancestor FROM known
            UNION ALL
            SELECT up.place, known.parent FROM up JOIN known ON known.code = up.ancestor
            WHERE known.parent IS NOT NULL
        ) SELECT * FROM up;
        CREATE TEMP TABLE towns AS
        SELECT code, name, row_number() OVER () - 1 AS n FROM known WHERE {wanted};
        """
    )
    return len(connection.execute("SELECT * FROM towns").fetchall())


def _write_trainers(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    kinds = ", ".join(f"('{kind}', '{level}', {n})" for n, (kind, level) in enumerate(_TRAINERS))
    connection.execute(
        f"""
        COPY (
            SELECT 'BM' || lpad(i::VARCHAR, 4, '0') AS 载体编号, '载体' || i AS 名称, kind AS 载体类型,
                level AS 级别, code AS 所属镇街, DATE '2019-01-01' + (i * 37)::INTEGER AS 认定日期
            FROM range({_TRAINER_COUNT}) AS t(i)
            JOIN (VALUES {kinds}) AS kinds(kind, level, k) ON k = i % {len(_TRAINERS)}
            JOIN towns ON towns.n = i ORDER BY i
        ) TO '{path}' (HEADER)
        """
    )


def _days(rows: int, first: str, days: int) -> str:
    """SQL of `rows` numbered rows, each with a hash and a day; the days rise."""
    return (
        f"SELECT i, hash(i) AS h, DATE '{first}' + (i * {days} // {rows})::INTEGER AS done"
        f" FROM range({rows}) AS t(i)"
    )


def _one_of(texts: str, count: int, turn: int) -> str:
    """SQL that takes one of the first `count` of `texts` by a row's hash."""
    return f"{texts}[1 + (h // {turn} % {count})::BIGINT]"
