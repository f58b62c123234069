"""Specification of coverage: the share of units that meet an inner requirement."""

from __future__ import annotations

from metrics import published
from tests.spec.harness import measured

SITES = """
    kind: coverage
    require: {at_least: 1, unit: record}
    units: town
    query: {stock: institutions, count: records, where: "type = '宣传阵地'"}
"""
COMPETITIONS = """
    kind: coverage
    recurs: yearly
    require: {at_least: 1, unit: record}
    units: town
    query: {flow: competitions, count: records}
"""
BRANDS = """
    kind: coverage
    require: {between: [2, 3], unit: record}
    units: district
    query: {stock: institutions, count: records, where: "type = '品牌'"}
"""
BASE_OUTPUT = """
    kind: coverage
    recurs: yearly
    require: {at_least: 2, unit: person}
    units: {institutions: "type = '基地' and level = 'national'"}
    query: {flow: trainings, count: persons}
"""
CHAINS = """
    kind: coverage
    require: {at_least: 1, unit: record}
    units: {field: cluster, values: [电子, 石化, 纺织]}
    query: {stock: institutions, count: records, where: "type = '生态链'"}
"""


def test_share_of_towns() -> None:
    """Five towns: a town with nothing recorded does not meet it, two in a town are no more than one,
    and what is recorded in no town covers none. The park is no unit."""
    found = measured(
        SITES,
        institutions="""
            place | type     | recognised_on | revoked_on
            mill  | 宣传阵地 | 2015-05-01    |
            mill  | 宣传阵地 | 2021-02-01    |
            port  | 宣传阵地 | 2021-03-01    | 2022-03-01
            city  | 宣传阵地 | 2021-03-01    |
            east  | 宣传阵地 | 2021-03-01    |
            bay   | 宣传阵地 | 2021-03-01    |
            hill  | 工作室   | 2021-03-01    |
        """,
    )
    found.shows("""
        as_of      | numerator | denominator | value | required | unit | percent
        2021-01-01 | 1         | 5           | 20    | 100      | %    | 20
        2021-02-28 | 1         | 5           | 20    | 100      | %    | 20
        2021-03-01 | 2         | 5           | 40    | 100      | %    | 40
        2022-02-28 | 2         | 5           | 40    | 100      | %    | 40
        2022-03-01 | 1         | 5           | 20    | 100      | %    | 20
    """)
    assert found.units("2021-03-01") == {
        "mill": True,
        "port": True,
        "ford": False,
        "hill": False,
        "lake": False,
    }


def test_a_district_is_covered_by_its_own_towns() -> None:
    """All units of the place: three in the east, one in the west."""
    found = measured(
        SITES,
        institutions="""
            place | type     | recognised_on
            mill  | 宣传阵地 | 2021-03-01
            port  | 宣传阵地 | 2021-03-01
        """,
    )
    found.shows("""
        as_of      | place | numerator | denominator | value
        2021-03-01 | east  | 2         | 3           | 200/3
        2021-03-01 | west  | 0         | 1           | 0
        2021-03-01 | city  | 2         | 5           | 40
    """)
    assert found.units("2021-03-01", "west") == {"hill": False}


def test_at_the_unit_the_inner_value_stands_against_the_inner_requirement() -> None:
    """A town shows how many it has of how many it must have."""
    measured(
        SITES,
        institutions="""
            place | type     | recognised_on
            mill  | 宣传阵地 | 2021-03-01
            mill  | 宣传阵地 | 2021-04-01
            port  | 宣传阵地 | 2021-03-01
        """,
    ).shows("""
        as_of      | place | value | required | unit   | percent | status
        2021-02-28 | mill  | 0     | 1        | record | 0       | on_track
        2021-03-31 | mill  | 1     | 1        | record | 100     | achieved
        2021-04-30 | mill  | 2     | 1        | record | 200     | achieved
        2021-04-30 | lake  | 0     | 1        | record | 0       | on_track
        2025-12-31 | lake  | 0     | 1        | record | 0       | missed
    """)


def test_every_year_anew() -> None:
    """What a town held last year covers it no more this year; a year that closed short is missed."""
    measured(
        COMPETITIONS,
        competitions="""
            place | held_on
            mill  | 2021-05-01
            mill  | 2021-06-01
            port  | 2021-12-31
            hill  | 2022-05-01
            lake  | 2020-12-31
        """,
    ).shows("""
        as_of      | place | value | numerator | denominator
        2021-04-30 | city  | 0     | 0         | 5
        2021-12-30 | city  | 20    | 1         | 5
        2021-12-31 | city  | 40    | 2         | 5
        2022-01-01 | city  | 0     | 0         | 5
        2022-05-01 | city  | 20    | 1         | 5
        2021-06-30 | mill  | 2     | -         | -
        2022-06-30 | mill  | 0     | -         | -
        2022-06-30 | lake  | 0     | -         | -
    """)


def test_all_towns_in_a_year_achieve_it_for_that_year() -> None:
    """Judged for the current window."""
    measured(
        COMPETITIONS,
        competitions="""
            place | held_on
            mill  | 2021-05-01
            port  | 2021-05-01
            ford  | 2021-05-01
            hill  | 2021-05-01
            lake  | 2021-12-31
            mill  | 2022-05-01
        """,
    ).shows("""
        as_of      | value | status
        2021-12-31 | 100   | achieved
        2022-12-31 | 20    | missed
        2026-02-28 | 0     | missed
    """)


def test_two_to_three_in_every_district() -> None:
    """One is too few and four are too many; what a district's towns have is the district's."""
    found = measured(
        BRANDS,
        institutions="""
            place | type | recognised_on | revoked_on
            mill  | 品牌 | 2021-02-01    |
            east  | 品牌 | 2021-03-01    |
            ford  | 品牌 | 2021-04-01    |
            ford  | 品牌 | 2021-05-01    |
            hill  | 品牌 | 2021-03-01    |
            hill  | 品牌 | 2021-04-01    | 2021-06-15
            lake  | 品牌 | 2021-03-01    |
        """,
    )
    found.shows("""
        as_of      | place | numerator | denominator | value
        2021-02-28 | city  | 0         | 2           | 0
        2021-03-31 | city  | 1         | 2           | 50
        2021-04-30 | city  | 2         | 2           | 100
        2021-05-01 | city  | 1         | 2           | 50
        2021-06-15 | city  | 0         | 2           | 0
        2021-04-30 | east  | -         | -           | 3
        2021-05-01 | east  | -         | -           | 4
        2021-05-01 | west  | -         | -           | 2
    """)
    assert found.units("2021-05-01") == {"east": False, "west": True}


def test_institutions_in_force_are_units() -> None:
    """What each national base trained in the year, whichever town the trainee is from; a base that
    was revoked is no unit any more, and one not yet recognised is none yet."""
    found = measured(
        BASE_OUTPUT,
        institutions="""
            institution_no | place | type | level    | recognised_on | revoked_on
            B1             | mill  | 基地 | national | 2018-01-01    |
            B2             | hill  | 基地 | national | 2018-01-01    | 2022-06-01
            B3             | hill  | 基地 | city     | 2018-01-01    |
            B4             | lake  | 基地 | national | 2022-09-01    |
        """,
        trainings="""
            person | place | institution_no | completed_on | result
            1      | mill  | B1             | 2021-03-01   |
            1      | mill  | B1             | 2021-04-01   |
            2      | mill  | B1             | 2021-05-01   |
            1      | hill  | B2             | 2021-05-01   |
            2      | hill  | B2             | 2021-05-01   | 不合格
            1      | hill  | B3             | 2021-05-01   |
            2      | hill  | B3             | 2021-05-01   |
            1      | lake  | B4             | 2022-09-15   |
            2      | lake  | B4             | 2022-09-15   |
            3      | mill  |                | 2021-05-01   |
        """,
    )
    found.shows("""
        as_of      | place | numerator | denominator | value
        2021-04-30 | city  | 0         | 2           | 0
        2021-12-31 | city  | 1         | 2           | 50
        2021-12-31 | east  | 1         | 1           | 100
        2021-12-31 | west  | 0         | 1           | 0
        2022-05-31 | city  | 0         | 2           | 0
        2022-06-01 | city  | 0         | 1           | 0
        2022-08-31 | lake  | 0         | 0           | -
        2022-12-31 | city  | 1         | 2           | 50
    """)
    assert found.units("2021-12-31") == {"B1": True, "B2": False}
    assert found.units("2022-12-31") == {"B1": False, "B4": True}


def test_trainees_from_elsewhere_count_for_their_base() -> None:
    """A base in one town meets its requirement with people of another."""
    measured(
        BASE_OUTPUT,
        institutions="""
            institution_no | place | type | level    | recognised_on
            B1             | mill  | 基地 | national | 2018-01-01
        """,
        trainings="""
            person | place | institution_no | completed_on
            1      | hill  | B1             | 2021-03-01
            2      | city  | B1             | 2021-03-01
        """,
    ).shows("""
        as_of      | place | numerator | denominator | value
        2021-12-31 | city  | 1         | 1           | 100
        2021-12-31 | east  | 1         | 1           | 100
        2021-12-31 | mill  | 1         | 1           | 100
    """)


def test_a_listed_dimension_that_is_no_place() -> None:
    """Clusters of industry: those listed are the units, wherever their chains are."""
    found = measured(
        CHAINS,
        institutions="""
            place | type   | cluster | recognised_on | revoked_on
            mill  | 生态链 | 电子    | 2021-02-01    |
            hill  | 生态链 | 电子    | 2021-03-01    |
            lake  | 生态链 | 石化    | 2021-03-01    | 2021-08-01
            city  | 生态链 | 航空    | 2021-03-01    |
            city  | 生态链 |         | 2021-03-01    |
            city  | 工作室 | 纺织    | 2021-03-01    |
        """,
    )
    found.shows("""
        as_of      | numerator | denominator | value | required
        2021-01-31 | 0         | 3           | 0     | 100
        2021-02-28 | 1         | 3           | 100/3 | 100
        2021-03-31 | 2         | 3           | 200/3 | 100
        2021-08-01 | 1         | 3           | 100/3 | 100
    """)
    assert found.units("2021-03-31") == {"电子": True, "石化": True, "纺织": False}


def test_from_the_first_share_to_all() -> None:
    """A level kind: from 20 % at the start to 100 % at the deadline in a straight line."""
    measured(
        SITES,
        institutions="""
            place | type     | recognised_on
            mill  | 宣传阵地 | 2015-05-01
            port  | 宣传阵地 | 2021-03-01
            ford  | 宣传阵地 | 2021-03-01
        """,
    ).shows("""
        as_of      | value | baseline | expected        | pace           | status
        2021-12-31 | 60    | 20       | 20+80*364/1825  | 40/80*1825/364 | on_track
        2023-07-02 | 60    | 20       | 20+80*912/1825  | 40/80*1825/912 | on_track
        2025-12-31 | 60    | 20       | 100             | 1/2            | missed
    """)


CONSORTIA = """
    kind: coverage
    require: {at_least: 2, unit: person}
    units: {field: sector, values: [制造业, 数字]}
    query: {stock: certifications, count: persons}
"""
SCHOOL_BASES = """
    kind: coverage
    require: {at_least: 1, unit: record}
    units: {institutions: "type = '职业院校'", field: name}
    query: {stock: institutions, count: records, where: "type = '公共实训基地'"}
"""


def test_persons_in_stock_by_a_listed_dimension() -> None:
    """Each sector needs two persons with a certificate in force: one who lost one and kept another in
    the sector is still there; one who lost the only one is not."""
    found = measured(
        CONSORTIA,
        certifications="""
            person | place | sector | level | issued_on  | revoked_on
            1      | mill  | 制造业 | 1     | 2021-02-01 |
            2      | mill  | 制造业 | 1     | 2021-02-01 | 2021-06-01
            2      | hill  | 制造业 | 3     | 2021-03-01 |
            1      | mill  | 数字   | 1     | 2021-02-01 | 2021-06-01
            3      | hill  | 数字   | 1     | 2021-02-01 | 2021-07-01
            4      | hill  | 数字   | 1     | 2021-04-01 |
            4      | hill  |        | 1     | 2021-04-01 |
        """,
    )
    found.shows("""
        as_of      | numerator | denominator
        2021-01-31 | 0         | 2
        2021-02-28 | 2         | 2
        2021-06-30 | 2         | 2
        2021-07-01 | 1         | 2
    """)
    found.shows("""
        as_of      | place | numerator
        2021-02-28 | mill  | 1
        2021-06-30 | mill  | 0
        2021-06-30 | hill  | 1
        2021-07-31 | west  | 0
    """)
    assert found.units("2021-07-31") == {"制造业": True, "数字": False}


def test_below_the_area_a_listed_dimension_has_no_status() -> None:
    """Nothing says which clusters a district owes: its value is shown, and no status invented."""
    measured(
        CHAINS,
        institutions="""
            place | type   | cluster | recognised_on
            mill  | 生态链 | 电子    | 2021-02-01
            hill  | 生态链 | 石化    | 2021-02-01
        """,
    ).shows("""
        as_of      | place | value | required | expected | to_go | status
        2021-03-31 | city  | 200/3 | 100      | 100*89/1825 | 100/3 | on_track
        2021-03-31 | east  | 100/3 | -        | -        | -     | -
        2021-03-31 | lake  | 0     | -        | -        | -     | -
    """)


def test_institutions_go_by_their_name() -> None:
    """A school is covered by a base that is registered under its name, in whichever town; a base of a
    school that is none in force covers nothing."""
    found = measured(
        SCHOOL_BASES,
        institutions="""
            institution_no | place | name | type         | recognised_on | revoked_on
            S1             | mill  | 甲校 | 职业院校     | 2010-01-01    |
            S2             | hill  | 乙校 | 职业院校     | 2010-01-01    |
            S3             | hill  | 丙校 | 职业院校     | 2010-01-01    | 2021-06-01
            B1             | hill  | 甲校 | 公共实训基地 | 2021-02-01    |
            B2             | mill  | 丙校 | 公共实训基地 | 2021-02-01    |
            B3             | mill  | 丁校 | 公共实训基地 | 2021-02-01    |
        """,
    )
    found.shows("""
        as_of      | place | numerator | denominator
        2021-01-31 | city  | 0         | 3
        2021-02-28 | city  | 2         | 3
        2021-02-28 | mill  | 1         | 1
        2021-02-28 | hill  | 1         | 2
        2021-06-01 | city  | 1         | 2
    """)
    assert found.units("2021-06-01") == {"甲校": True, "乙校": False}


def test_a_number_means_an_institution_of_its_own_city() -> None:
    """Two cities of a province number their bases alike; each base has what its own city recorded."""
    found = measured(
        BASE_OUTPUT,
        policy="area: '990000'",
        institutions="""
            institution_no | place  | type | level    | recognised_on
            B1             | mill   | 基地 | national | 2018-01-01
            B1             | abroad | 基地 | national | 2018-01-01
            B2             | abroad | 基地 | national | 2018-01-01
        """,
        trainings="""
            person | place  | institution_no | completed_on
            1      | mill   | B1             | 2021-03-01
            2      | hill   | B1             | 2021-03-01
            3      | abroad | B1             | 2021-03-01
            1      | abroad | B2             | 2021-03-01
            2      | abroad | B2             | 2021-03-01
        """,
    )
    found.shows("""
        as_of      | place    | numerator | denominator
        2021-12-31 | province | 2         | 3
        2021-12-31 | city     | 1         | 1
        2021-12-31 | abroad   | 1         | 2
    """)
    assert found.units("2021-12-31", "province") == {"9901 B1": True, "9902 B1": False, "B2": True}


def test_the_way_begins_when_there_is_a_first_unit() -> None:
    """Before the first base there is no value; the baseline is the first there is."""
    measured(
        BASE_OUTPUT,
        institutions="""
            institution_no | place | type | level    | recognised_on
            B1             | mill  | 基地 | national | 2021-04-01
        """,
        trainings="""
            person | place | institution_no | completed_on
            1      | mill  | B1             | 2021-05-01
        """,
    ).shows("""
        as_of      | value | baseline | expected     | status
        2021-03-31 | -     | 0        | -            | no_data
        2021-12-30 | 0     | 0        | 100*363/1825 | off_track
    """)


def test_a_range_that_begins_at_nothing_keeps_its_upper_end() -> None:
    """None is allowed, six are not."""
    found = measured(
        """
        kind: coverage
        require: {between: [0, 5], unit: record}
        units: town
        query: {stock: institutions, count: records}
        """,
        institutions="""
            place | type | recognised_on
            mill  | 基地 | 2021-03-01
        """,
    )
    (target,) = published.targets(found.connection)
    assert (target.inner_required, target.inner_required_max) == (0, 5)


def test_without_any_record_of_what_is_counted_nothing_is_known() -> None:
    """The register of bases alone says nothing of what they trained."""
    measured(
        BASE_OUTPUT,
        institutions="""
            institution_no | place | type | level    | recognised_on
            B1             | mill  | 基地 | national | 2018-01-01
        """,
    ).shows("""
        as_of      | value | status
        2021-12-31 | -     | no_data
    """)
