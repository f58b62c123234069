-- All targets of all five policies in plain DuckDB SQL, written by hand to be fast: what a skilled
-- analyst would write who has only this to do. It makes the table `by_hand`: of a snapshot's `progress`
-- the keys, figures, words, windows, shares and ranks, but neither its rates of the last 12 months nor its
-- judgement: no expected value, pace or status.
--
-- Every record is taken to the month in which it first shows (`k`, months since year 0): `steps` holds
-- what each month adds to each part of a target at each place. One window query adds the steps up and
-- fills the months between them. An as-of date is a month's end or the last day of any record, so that
-- nothing but an end after that day needs more than the month.

CREATE OR REPLACE TEMP MACRO month_of(day) AS year(day) * 12 + month(day) - 1;

-- Policies, places and targets ----------------------------------------------------------------------

-- Which datasets hold anything of each place, and its last day. The same scans count.
CREATE OR REPLACE TEMP TABLE enrolments AS
SELECT place, month_of(completed_on) AS k, max(completed_on) AS last,
    count(*) FILTER (result = '合格' OR result IS NULL) AS passed,
    count(*) FILTER ((result = '合格' OR result IS NULL) AND kind = '公益性实训') AS practised
FROM trainings GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE certificates AS
SELECT place, month_of(issued_on) AS k, count(*) AS amount, max(issued_on) AS last
FROM certifications GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE holds AS
SELECT 'trainings' AS dataset, place, max(last) AS last FROM enrolments GROUP BY place
UNION ALL SELECT 'certifications', place, max(last) FROM certificates GROUP BY place
UNION ALL SELECT 'competitions', place, max(held_on) FROM competitions GROUP BY place
UNION ALL SELECT 'competition_awards', place, max(awarded_on) FROM competition_awards GROUP BY place
UNION ALL SELECT 'institutions', place, max(recognised_on) FROM institutions GROUP BY place
UNION ALL SELECT 'honours', place, max(awarded_on) FROM honours GROUP BY place
UNION ALL SELECT 'courses', place, max(published_on) FROM courses GROUP BY place
UNION ALL SELECT 'spending', place, max(paid_on) FROM spending GROUP BY place
UNION ALL SELECT 'milestones', place, max(achieved_on) FROM milestones GROUP BY place
UNION ALL SELECT 'statistics', place, NULL FROM statistics GROUP BY place;

CREATE OR REPLACE TEMP TABLE lives AS
SELECT policy, area, start, until, max(last) AS as_of, least(until, max(last)) AS limit_day,
    month_of(start) AS first_k, month_of(least(until, max(last))) AS last_k,
    list(DISTINCT dataset) AS known
FROM (VALUES
    ('dongguan', '441900', DATE '2021-01-01', DATE '2025-12-31'),
    ('jiangmen', '440700', DATE '2018-01-01', DATE '2020-12-31'),
    ('guangdong', '440000', DATE '2024-01-01', DATE '2028-12-31'),
    ('dalian', '210200', DATE '2023-10-30', DATE '2025-12-31'),
    ('quzhou', '330800', DATE '2021-01-01', DATE '2025-12-31')
) AS policies(policy, area, start, until)
JOIN place_ancestors ON ancestor = area JOIN holds USING (place)
GROUP BY policy, area, start, until;

-- The dates that are asked for, each with the month whose figures it shows.
CREATE OR REPLACE TEMP TABLE dates AS
SELECT policy, as_of, least(month_of(as_of), last_k) AS k, least(as_of, limit_day) AS until
FROM (
    SELECT policy, last_k, limit_day, least(last_day(make_date(m // 12, m % 12 + 1, 1)), as_of) AS as_of
    FROM (SELECT *, unnest(range(first_k, month_of(as_of) + 1)) AS m FROM lives)
);

-- The places of each policy, by number: those in two policies' areas have two. `up` is the place above.
CREATE OR REPLACE TEMP TABLE spots AS
SELECT row_number() OVER () AS spot, policy, area, place, level, parent, successor IS NULL AS is_current
FROM lives JOIN place_ancestors ON ancestor = area JOIN places ON code = place;

-- Each of them, and the numbers of all in the area that it lies in, itself included.
CREATE OR REPLACE TEMP TABLE tree AS
SELECT below.policy, below.place, below.spot AS own, above.spot
FROM spots AS below JOIN place_ancestors AS up ON up.place = below.place
JOIN spots AS above ON above.place = up.ancestor AND above.policy = below.policy;

-- The targets: what a figure starts anew after (years), what it is made of (parts), and what it reads.
CREATE OR REPLACE TEMP TABLE targets_by_hand AS
SELECT row_number() OVER ()::SMALLINT AS t, target, policy, kind, years, parts, start, until, limit_day,
    first_k, last_k, list_has_any(known, string_split(reads, ' or ')) AS has_first,
    also IS NULL OR list_contains(known, also) AS has_second
FROM (VALUES
    ('dg-champion-introduced', 'simple', NULL, 1, 'honours', NULL),
    ('dg-champion-trained', 'simple', NULL, 1, 'honours', NULL),
    ('dg-brand-actions', 'simple', NULL, 1, 'institutions', NULL),
    ('dg-high-skilled-share', 'share', NULL, 2, 'certifications', NULL),
    ('dg-leading-talents', 'simple', NULL, 1, 'honours', NULL),
    ('dg-studios', 'simple', NULL, 1, 'institutions', NULL),
    ('dg-courses', 'simple', NULL, 1, 'courses', NULL),
    ('dg-people-upskilled', 'simple', NULL, 1, 'trainings or certifications', NULL),
    ('dg-coop-bases', 'simple', NULL, 1, 'institutions', NULL),
    ('dg-technician-college', 'done', NULL, 1, 'milestones', NULL),
    ('dg-training-enrolments', 'simple', NULL, 1, 'trainings', NULL),
    ('dg-three-libraries', 'done', NULL, 1, 'milestones', NULL),
    ('dg-town-sites', 'towns', NULL, 1, 'institutions', NULL),
    ('dg-town-competitions', 'towns', 1, 1, 'competitions', NULL),
    ('dg-town-brands', 'towns', NULL, 1, 'institutions', NULL),
    ('dg-centre-certifications', 'average', NULL, 1, 'certifications', NULL),
    ('dg-sub-bases', 'simple', NULL, 1, 'institutions', NULL),
    ('dg-public-practice', 'simple', 1, 1, 'trainings', NULL),
    ('dg-new-courses', 'simple', 1, 1, 'courses', NULL),
    ('dg-purchased-course-people', 'simple', 1, 1, 'trainings', NULL),
    ('dg-evaluation-alliance', 'done', NULL, 1, 'milestones', NULL),
    ('dg-talent-map', 'done', NULL, 1, 'milestones', NULL),
    ('dg-evaluating-enterprises', 'simple', NULL, 1, 'institutions', NULL),
    ('dg-evaluating-organisations', 'simple', NULL, 1, 'institutions', NULL),
    ('dg-honours-skilled-share', 'share', 1, 2, 'honours', NULL),
    ('dg-steering-group', 'done', NULL, 1, 'milestones', NULL),
    ('dg-skills-festival', 'done', NULL, 1, 'milestones', NULL),
    ('jm-high-skilled-stock', 'simple', NULL, 1, 'certifications', NULL),
    ('jm-high-skilled-share', 'share', NULL, 2, 'certifications', NULL),
    ('jm-worldskills-base', 'done', NULL, 1, 'milestones', NULL),
    ('jm-incubation-base', 'done', NULL, 1, 'milestones', NULL),
    ('jm-technician-college', 'done', NULL, 1, 'milestones', NULL),
    ('jm-xinhui-upgrade', 'done', NULL, 1, 'milestones', NULL),
    ('jm-taishan-upgrade', 'done', NULL, 1, 'milestones', NULL),
    ('jm-model-college', 'simple', NULL, 1, 'institutions', NULL),
    ('jm-model-schools', 'simple', NULL, 1, 'institutions', NULL),
    ('jm-national-base', 'done', NULL, 1, 'milestones', NULL),
    ('jm-shortage-catalogue', 'done', NULL, 1, 'milestones', NULL),
    ('jm-chief-technicians', 'simple', 1, 1, 'honours', NULL),
    ('jm-competitions', 'simple', 1, 1, 'competitions', NULL),
    ('jm-service-windows', 'districts', NULL, 1, 'institutions', NULL),
    ('jm-exchange-budget', 'simple', 1, 1, 'spending', NULL),
    ('jm-talent-database', 'done', NULL, 1, 'milestones', NULL),
    ('gd-chief-technicians-yearly', 'simple', 1, 1, 'honours', NULL),
    ('gd-chain-cities', 'cities', NULL, 1, 'institutions', NULL),
    ('gd-chain-clusters', 'units', NULL, 0, 'institutions', NULL),
    ('gd-training-catalogue', 'done', NULL, 1, 'milestones', NULL),
    ('gd-bases-yearly', 'simple', 1, 1, 'institutions', NULL),
    ('gd-model-schools-list', 'done', NULL, 1, 'milestones', NULL),
    ('gd-quality-majors', 'simple', NULL, 1, 'institutions', NULL),
    ('gd-principals', 'simple', NULL, 1, 'honours', NULL),
    ('gd-backbone-teachers', 'simple', NULL, 1, 'honours', NULL),
    ('gd-degree-technicians', 'simple', NULL, 1, 'certifications', NULL),
    ('gd-provincial-competition', 'simple', NULL, 1, 'competitions', NULL),
    ('gd-pay-guidance', 'done', NULL, 1, 'milestones', NULL),
    ('gd-master-selection', 'simple', 3, 1, 'milestones', NULL),
    ('dl-skilled-share', 'share', NULL, 1, 'certifications', 'statistics'),
    ('dl-high-skilled-share', 'share', NULL, 2, 'certifications', NULL),
    ('dl-leading-talents', 'simple', NULL, 1, 'honours', NULL),
    ('dl-shortage-catalogue', 'done', NULL, 1, 'milestones', NULL),
    ('dl-manufacturing-talents', 'simple', NULL, 1, 'certifications', NULL),
    ('dl-digital-bases', 'simple', NULL, 1, 'institutions', NULL),
    ('dl-digital-talents', 'simple', NULL, 1, 'certifications', NULL),
    ('dl-care-talents', 'simple', NULL, 1, 'certifications', NULL),
    ('dl-national-bases', 'simple', NULL, 1, 'institutions', NULL),
    ('dl-provincial-bases', 'simple', NULL, 1, 'institutions', NULL),
    ('dl-base-output', 'units', 1, 0, 'trainings', NULL),
    ('dl-national-studios', 'simple', NULL, 1, 'institutions', NULL),
    ('dl-provincial-stations', 'simple', NULL, 1, 'institutions', NULL),
    ('dl-city-studios', 'simple', NULL, 1, 'institutions', NULL),
    ('dl-studio-output', 'units', 1, 0, 'trainings', NULL),
    ('dl-labour-studios', 'simple', 1, 1, 'institutions', NULL),
    ('dl-apprentices', 'simple', 1, 1, 'trainings', NULL),
    ('dl-technicians', 'simple', 1, 1, 'certifications', NULL),
    ('dl-key-brands', 'simple', NULL, 1, 'institutions', NULL),
    ('dl-district-brands', 'districts', NULL, 1, 'institutions', NULL),
    ('dl-alliances', 'simple', NULL, 1, 'institutions', NULL),
    ('dl-vocational-schools', 'simple', NULL, 1, 'institutions', NULL),
    ('dl-quality-majors', 'simple', NULL, 1, 'institutions', NULL),
    ('dl-special-technicians', 'simple', NULL, 1, 'certifications', NULL),
    ('dl-ability-standards', 'simple', NULL, 1, 'courses', NULL),
    ('dl-self-evaluation', 'share', NULL, 1, 'institutions', 'statistics'),
    ('dl-competitions', 'simple', 1, 1, 'competitions', NULL),
    ('dl-national-medal', 'simple', NULL, 1, 'competition_awards', NULL),
    ('dl-craftsmen-biennial', 'simple', 2, 1, 'honours', NULL),
    ('dl-craftsmen-total', 'simple', NULL, 1, 'honours', NULL),
    ('dl-frontline-education-share', 'share', 1, 2, 'spending', NULL),
    ('dl-talent-database', 'done', NULL, 1, 'milestones', NULL),
    ('dl-talent-map', 'done', NULL, 1, 'milestones', NULL),
    ('qz-skilled-share', 'share', NULL, 1, 'certifications', 'statistics'),
    ('qz-high-skilled-share', 'share', NULL, 2, 'certifications', NULL),
    ('qz-grand-craftsmen', 'simple', NULL, 1, 'honours', NULL),
    ('qz-outstanding-craftsmen', 'simple', NULL, 1, 'honours', NULL),
    ('qz-craftsmen', 'simple', NULL, 1, 'honours', NULL),
    ('qz-young-craftsmen', 'simple', NULL, 1, 'honours', NULL),
    ('qz-training-enrolments', 'simple', NULL, 1, 'trainings', NULL),
    ('qz-certifications', 'simple', NULL, 1, 'certifications', NULL),
    ('qz-studios', 'simple', NULL, 1, 'institutions', NULL),
    ('qz-model-enterprises', 'simple', NULL, 1, 'institutions', NULL),
    ('qz-technician-college', 'simple', NULL, 1, 'institutions', NULL),
    ('qz-brand-majors', 'simple', NULL, 1, 'institutions', NULL),
    ('qz-exchange-people', 'simple', 1, 1, 'trainings', NULL),
    ('qz-city-competition', 'simple', 1, 1, 'competitions', NULL),
    ('qz-local-competitions', 'simple', 1, 1, 'competitions', NULL),
    ('qz-evaluating-bodies', 'simple', NULL, 1, 'institutions', NULL),
    ('qz-school-bases', 'units', NULL, 0, 'institutions', NULL),
    ('qz-craftsman-day', 'done', NULL, 1, 'milestones', NULL),
    ('qz-per-student-funding', 'times', NULL, 0, 'statistics', NULL),
    ('qz-annex-01-annual-training', 'simple', 1, 1, 'trainings', NULL),
    ('qz-annex-02-smart-manufacturing', 'simple', 1, 1, 'trainings', NULL),
    ('qz-annex-03-ecommerce-housekeeping', 'simple', 1, 1, 'trainings', NULL),
    ('qz-annex-04-elderly-care', 'simple', 1, 1, 'trainings', NULL),
    ('qz-annex-05-childcare', 'simple', 1, 1, 'trainings', NULL),
    ('qz-annex-06-culture-tourism', 'simple', 1, 1, 'trainings', NULL),
    ('qz-annex-07-road-transport', 'simple', 1, 1, 'trainings', NULL),
    ('qz-annex-08-post-express', 'simple', 1, 1, 'trainings', NULL),
    ('qz-annex-09-rural-talent', 'simple', 1, 1, 'trainings', NULL),
    ('qz-annex-10-entrepreneurship', 'simple', 1, 1, 'trainings', NULL),
    ('qz-annex-11-apprentices', 'simple', 1, 1, 'trainings', NULL),
    ('qz-annex-12-school-leavers', 'simple', 1, 1, 'trainings', NULL),
    ('qz-annex-13-veterans', 'simple', 1, 1, 'trainings', NULL),
    ('qz-annex-14-disabled', 'simple', 1, 1, 'trainings', NULL),
    ('qz-annex-15-state-enterprises', 'simple', 1, 1, 'trainings', NULL),
    ('qz-annex-16-small-firms', 'simple', 1, 1, 'trainings', NULL),
    ('qz-annex-17-construction', 'simple', 1, 1, 'trainings', NULL),
    ('qz-annex-18-safety', 'simple', 1, 1, 'trainings', NULL)
) AS declared(target, kind, years, parts, reads, also)
JOIN (VALUES ('dg', 'dongguan'), ('jm', 'jiangmen'), ('gd', 'guangdong'), ('dl', 'dalian'),
    ('qz', 'quzhou')) AS of(prefix, policy) ON prefix = substr(target, 1, 2)
JOIN lives USING (policy);

-- Records that count one by one ---------------------------------------------------------------------

-- What happened: target, part (1 value or numerator, 2 denominator), place, day and amount.
CREATE OR REPLACE TEMP TABLE flows AS
WITH types(target, type, level, capacity) AS (VALUES
    ('dg-brand-actions', '技能生态品牌行动', NULL, NULL),
    ('dg-studios', '技能大师工作室', NULL, NULL),
    ('dg-coop-bases', '校企合作基地', 'city', NULL),
    ('dg-evaluating-enterprises', '认定企业', NULL, NULL),
    ('dg-evaluating-organisations', '社会评价组织', NULL, NULL),
    ('jm-model-college', '全国示范性高等职业学院', NULL, NULL),
    ('jm-model-schools', '省级以上示范专业', 'province', NULL),
    ('jm-model-schools', '省级以上示范专业', 'national', NULL),
    ('jm-model-schools', '示范或重点职业院校', 'province', NULL),
    ('jm-model-schools', '示范或重点职业院校', 'national', NULL),
    ('gd-bases-yearly', '高技能人才培训基地', 'province', NULL),
    ('gd-bases-yearly', '技能大师工作室', 'province', NULL),
    ('gd-quality-majors', '省级优质专业', NULL, NULL),
    ('dl-digital-bases', '数字技能培育基地', NULL, NULL),
    ('dl-national-bases', '高技能人才培训基地', 'national', NULL),
    ('dl-provincial-bases', '职业技能培训示范基地', 'province', NULL),
    ('dl-national-studios', '技能大师工作室', 'national', NULL),
    ('dl-provincial-stations', '技能大师工作站', 'province', NULL),
    ('dl-city-studios', '技能大师工作室', 'city', NULL),
    ('dl-labour-studios', '劳模创新工作室', 'city', NULL),
    ('dl-key-brands', '重点培训品牌', NULL, NULL),
    ('dl-alliances', '技能人才培养联盟', NULL, NULL),
    ('dl-alliances', '技工教育联盟', NULL, NULL),
    ('dl-vocational-schools', '优秀职业院校', NULL, NULL),
    ('dl-quality-majors', '优质专业', NULL, NULL),
    ('qz-studios', '技能大师工作室', 'city', NULL),
    ('qz-model-enterprises', '技能等级认定示范企业', 'city', NULL),
    ('qz-technician-college', '技师学院', NULL, 10000),
    ('qz-brand-majors', '品牌专业', NULL, NULL)
)
SELECT target, 1 AS part, place, recognised_on AS day, 1.0 AS amount
FROM institutions JOIN types ON institutions.type = types.type
    AND (types.level IS NULL OR institutions.level = types.level)
    AND (types.capacity IS NULL OR institutions.capacity >= types.capacity)
UNION ALL
SELECT unnest([
    'dg-town-competitions',
    CASE WHEN level = 'city' THEN 'jm-competitions' END,
    CASE WHEN level = 'province' AND contains(organiser, '广东省人民政府')
        THEN 'gd-provincial-competition' END,
    CASE WHEN category IN ('行业', '专项') THEN 'dl-competitions' END,
    CASE WHEN level = 'city' AND organiser = '衢州市人民政府' THEN 'qz-city-competition' END,
    CASE WHEN level = 'district' OR category IN ('行业', '企业') THEN 'qz-local-competitions' END
]), 1, place, held_on, 1 FROM competitions
UNION ALL
SELECT 'dl-national-medal', 1, place, awarded_on, 1 FROM competition_awards
WHERE prize IN ('金', '银', '铜') AND (substr(place, 1, 4), competition_no) IN
    (SELECT (substr(place, 1, 4), competition_no) FROM competitions WHERE level = 'national')
UNION ALL
SELECT 'dg-honours-skilled-share', unnest([CASE WHEN skilled THEN 1 END, 2]), place, awarded_on, 1
FROM honours WHERE level = 'city'
UNION ALL
SELECT unnest([
    CASE WHEN free AND type = '培训课程' THEN 'dg-courses' END,
    CASE WHEN type = '培训课程' AND contains(provider, '公共实训中心') THEN 'dg-new-courses' END,
    CASE WHEN type = '专项职业能力考核规范' THEN 'dl-ability-standards' END
]), 1, place, published_on, 1 FROM courses
UNION ALL
SELECT 'jm-exchange-budget', 1, place, paid_on, amount / 10000 FROM spending
WHERE item = '购买社会组织交流服务'
UNION ALL
SELECT 'dl-frontline-education-share',
    unnest([CASE WHEN item = '职工教育经费（一线职工）' THEN 1 END, 2]), place, paid_on, amount
FROM spending WHERE starts_with(item, '职工教育经费')
UNION ALL
SELECT 'gd-master-selection', 1, place, achieved_on, 1 FROM milestones
WHERE target_id = 'gd-master-selection';

-- What is in force from a day until it ends.
CREATE OR REPLACE TEMP TABLE stocks AS
WITH types(target, type) AS (VALUES
    ('dg-sub-bases', '公共实训中心分基地'),
    ('dg-town-sites', '技能宣传阵地'),
    ('dg-town-brands', '培训品牌'),
    ('jm-service-windows', '高技能领军人才服务窗口'),
    ('gd-chain-cities', '产教评技能生态链'),
    ('dl-district-brands', '地区特色培训品牌'),
    ('dl-self-evaluation', '认定企业'),
    ('qz-evaluating-bodies', '认定企业'),
    ('qz-evaluating-bodies', '社会评价组织')
)
SELECT target, place, recognised_on AS day, revoked_on AS ends FROM institutions JOIN types USING (type)
UNION ALL SELECT target_id, place, achieved_on, NULL FROM milestones
WHERE target_id <> 'gd-master-selection';

-- Persons of whom each counts once ------------------------------------------------------------------

-- A place, its area and what is between them, to lift persons along.
CREATE OR REPLACE TEMP TABLE ladder AS
SELECT spots.policy, spots.place, spots.spot, up.spot AS up, top.spot AS top
FROM spots JOIN spots AS top ON top.policy = spots.policy AND top.place = spots.area
LEFT JOIN spots AS up ON up.policy = spots.policy AND up.place = spots.parent;

-- Skilled in Dongguan: the first month with a training passed or a certificate.
CREATE OR REPLACE TEMP TABLE upskilled AS
SELECT place, person, min(day) AS day
FROM (
    SELECT place, person, completed_on AS day FROM trainings
    WHERE starts_with(place, '4419') AND completed_on BETWEEN '2021-01-01' AND '2025-12-31'
        AND (result = '合格' OR result IS NULL)
    UNION ALL
    SELECT place, person, issued_on FROM certifications
    WHERE starts_with(place, '4419') AND issued_on BETWEEN '2021-01-01' AND '2025-12-31'
) GROUP BY place, person;

-- The holders of certificates: the first day of any and of one from 高级工 on, at each place.
CREATE OR REPLACE TEMP TABLE revoked AS
SELECT DISTINCT person FROM certifications WHERE revoked_on IS NOT NULL;

CREATE OR REPLACE TEMP TABLE held AS
WITH lowest AS MATERIALIZED (
    SELECT spot, person, min(month_of(issued_on)) AS any_k,
        min(month_of(issued_on)) FILTER (level >= 3) AS high_k
    FROM certifications JOIN ladder USING (place)
    WHERE policy <> 'guangdong' AND person NOT IN (FROM revoked)
    GROUP BY spot, person
),
middle AS MATERIALIZED (
    -- The districts: of those above a town, and what is recorded at the district itself.
    SELECT spot, person, min(any_k) AS any_k, min(high_k) AS high_k
    FROM (
        SELECT CASE WHEN up = top OR spot = top THEN spot ELSE up END AS spot, person, any_k, high_k
        FROM lowest JOIN ladder USING (spot)
    ) GROUP BY spot, person
),
whole AS MATERIALIZED (
    SELECT top AS spot, person, min(any_k) AS any_k, min(high_k) AS high_k
    FROM middle JOIN ladder USING (spot) GROUP BY top, person
),
everyone AS (
    SELECT spot, any_k, high_k FROM lowest JOIN ladder USING (spot) WHERE up <> top AND spot <> top
    UNION ALL SELECT spot, any_k, high_k FROM middle JOIN ladder USING (spot) WHERE spot <> top
    UNION ALL SELECT spot, any_k, high_k FROM whole
),
months AS (
    SELECT 'any' AS what, spot, any_k AS k, count(*) AS amount FROM everyone GROUP BY ALL
    UNION ALL SELECT 'high', spot, high_k, count(*) FROM everyone WHERE high_k IS NOT NULL GROUP BY ALL
)
SELECT what, spot, k, amount
FROM months JOIN ladder USING (spot) JOIN lives USING (policy) WHERE k <= last_k;

-- Those who lost any certificate, and holders of titles, through every beginning and end.
CREATE OR REPLACE TEMP TABLE held_for_a_time AS
WITH records AS (
    SELECT policy, unnest(['any', CASE WHEN level >= 3 THEN 'high' END]) AS what, spot, person,
        issued_on AS day, revoked_on AS ends
    FROM certifications SEMI JOIN revoked USING (person) JOIN tree USING (place)
    WHERE policy <> 'guangdong'
    UNION ALL
    SELECT policy, title, spot, person, awarded_on, ended_on FROM honours JOIN tree USING (place)
    WHERE policy = 'dalian' AND title IN ('高技能领军人才', '大连工匠')
),
moves AS (
    SELECT what, spot, person, month_of(day) AS k, sum(move) AS move
    FROM (
        SELECT policy, what, spot, person, day, 1 AS move FROM records
        UNION ALL SELECT policy, what, spot, person, ends, -1 FROM records WHERE ends IS NOT NULL
    ) JOIN lives USING (policy)
    WHERE what IS NOT NULL AND day <= limit_day GROUP BY ALL
),
totals AS (
    SELECT *, sum(move) OVER (PARTITION BY what, spot, person ORDER BY k) AS total FROM moves
)
SELECT what, spot, k, sum((total > 0)::INTEGER - (total - move > 0)::INTEGER) AS amount
FROM totals GROUP BY ALL;

-- Everyone else: what a person did or was given, which counts once in the target's window.
CREATE OR REPLACE TEMP TABLE persons_by_hand AS
WITH titles(target, title, level, origin) AS (VALUES
    ('dg-champion-introduced', '世界技能大赛冠军', NULL, '引进'),
    ('dg-champion-trained', '世界技能大赛冠军', NULL, '培养'),
    ('dg-leading-talents', '技能领军人才', NULL, NULL),
    ('jm-chief-technicians', '首席技师', 'city', NULL),
    ('gd-chief-technicians-yearly', '首席技师', 'province', NULL),
    ('gd-chief-technicians-yearly', '特级技师', 'province', NULL),
    ('gd-principals', '名校长', NULL, NULL),
    ('gd-backbone-teachers', '教学骨干', NULL, NULL),
    ('dl-craftsmen-biennial', '大连工匠', NULL, NULL),
    ('qz-grand-craftsmen', '衢州大工匠', NULL, NULL),
    ('qz-outstanding-craftsmen', '衢州杰出工匠', NULL, NULL),
    ('qz-craftsmen', '衢州工匠', NULL, NULL),
    ('qz-young-craftsmen', '衢州青年工匠', NULL, NULL)
),
events AS (
    SELECT target, place, person, awarded_on AS day FROM honours JOIN titles
    ON honours.title = titles.title AND (titles.level IS NULL OR honours.level = titles.level)
        AND (titles.origin IS NULL OR honours.origin = titles.origin)
    UNION ALL
    SELECT 'dg-purchased-course-people', place, person, completed_on FROM trainings
    WHERE starts_with(place, '4419') AND funding = '购买课程服务'
        AND (result = '合格' OR result IS NULL)
    UNION ALL
    SELECT 'dl-apprentices', place, person, completed_on FROM trainings
    WHERE starts_with(place, '2102') AND kind = '新型学徒制' AND completed_on >= '2023-10-30'
        AND (result = '合格' OR result IS NULL)
    UNION ALL
    SELECT 'qz-exchange-people', place, person, completed_on FROM trainings
    WHERE starts_with(place, '3308') AND kind = '研修交流' AND (result = '合格' OR result IS NULL)
    UNION ALL
    SELECT 'dg-centre-certifications', place, person, issued_on FROM certifications
    WHERE starts_with(place, '4419') AND issuer_type = '公共实训中心' AND issued_on >= '2021-01-01'
    UNION ALL
    SELECT 'gd-degree-technicians', place, person, issued_on FROM certifications
    WHERE starts_with(place, '44') AND pathway = '学制' AND level = 4 AND issued_on >= '2024-01-01'
    UNION ALL
    SELECT unnest([
        CASE WHEN sector = '制造业' AND level >= 3 THEN 'dl-manufacturing-talents' END,
        CASE WHEN sector = '数字' THEN 'dl-digital-talents' END,
        CASE WHEN sector = '康养' THEN 'dl-care-talents' END,
        CASE WHEN level IN (4, 5) THEN 'dl-technicians' END,
        CASE WHEN level >= 6 THEN 'dl-special-technicians' END
    ]), place, person, issued_on FROM certifications
    WHERE starts_with(place, '2102') AND issued_on >= '2023-10-30'
),
firsts AS (
    SELECT t, spot, person, min(day) AS day
    FROM events JOIN targets_by_hand USING (target) JOIN tree USING (policy, place)
    WHERE day BETWEEN start AND until
    GROUP BY t, spot, person, (year(day) - year(start)) // coalesce(years, 100)
)
SELECT t, spot, month_of(day) AS k, count(*) AS amount FROM firsts GROUP BY ALL;

-- Every line's steps, added up ----------------------------------------------------------------------

CREATE OR REPLACE TEMP TABLE steps AS
WITH annex(target, programme) AS (VALUES
    ('qz-annex-01-annual-training', 'annual-training'),
    ('qz-annex-02-smart-manufacturing', 'smart-manufacturing'),
    ('qz-annex-03-ecommerce-housekeeping', 'ecommerce-housekeeping'),
    ('qz-annex-04-elderly-care', 'elderly-care'),
    ('qz-annex-05-childcare', 'childcare'),
    ('qz-annex-06-culture-tourism', 'culture-tourism'),
    ('qz-annex-07-road-transport', 'road-transport'),
    ('qz-annex-08-post-express', 'post-express'),
    ('qz-annex-09-rural-talent', 'rural-talent'),
    ('qz-annex-10-entrepreneurship', 'entrepreneurship'),
    ('qz-annex-11-apprentices', 'apprentices'),
    ('qz-annex-12-school-leavers', 'school-leavers'),
    ('qz-annex-13-veterans', 'veterans'),
    ('qz-annex-14-disabled', 'disabled'),
    ('qz-annex-15-state-enterprises', 'state-enterprises'),
    ('qz-annex-16-small-firms', 'small-firms'),
    ('qz-annex-17-construction', 'construction'),
    ('qz-annex-18-safety', 'safety')
),
shares(target, part, what) AS (VALUES
    ('dg-high-skilled-share', 1, 'high'), ('dg-high-skilled-share', 2, 'any'),
    ('jm-high-skilled-stock', 1, 'high'),
    ('jm-high-skilled-share', 1, 'high'), ('jm-high-skilled-share', 2, 'any'),
    ('dl-skilled-share', 1, 'any'),
    ('dl-high-skilled-share', 1, 'high'), ('dl-high-skilled-share', 2, 'any'),
    ('dl-leading-talents', 1, '高技能领军人才'), ('dl-craftsmen-total', 1, '大连工匠'),
    ('qz-skilled-share', 1, 'any'),
    ('qz-high-skilled-share', 1, 'high'), ('qz-high-skilled-share', 2, 'any')
),
at_place(target, part, place, k, amount) AS (
    SELECT target, part, place, month_of(day), amount FROM flows JOIN targets_by_hand USING (target)
    WHERE part IS NOT NULL AND day BETWEEN start AND until
    UNION ALL
    SELECT target, 1, place, month_of(day), 1 FROM stocks JOIN targets_by_hand USING (target)
    WHERE day <= limit_day
    UNION ALL
    SELECT target, 1, place, month_of(ends), -1 FROM stocks JOIN targets_by_hand USING (target)
    WHERE ends <= limit_day
    UNION ALL
    SELECT unnest(['dg-training-enrolments', 'dg-public-practice', 'qz-training-enrolments']), 1,
        place, k, unnest([passed, practised, passed])
    FROM enrolments WHERE k BETWEEN month_of(DATE '2021-01-01') AND month_of(DATE '2025-12-31')
    UNION ALL
    SELECT target, 1, place, k, amount
    FROM (
        SELECT place, programme, month_of(completed_on) AS k, count(*) AS amount FROM trainings
        WHERE starts_with(place, '3308') AND programme IS NOT NULL
            AND completed_on BETWEEN '2021-01-01' AND '2025-12-31'
            AND (result = '合格' OR result IS NULL)
        GROUP BY ALL
    ) JOIN annex USING (programme)
    UNION ALL
    SELECT 'qz-certifications', 1, place, k, amount FROM certificates
    WHERE k BETWEEN month_of(DATE '2021-01-01') AND month_of(DATE '2025-12-31')
)
SELECT t, part, spot, k, sum(amount) AS amount
FROM at_place JOIN targets_by_hand USING (target) JOIN tree USING (policy, place) GROUP BY ALL
UNION ALL
SELECT t, 1, spot, k, amount FROM persons_by_hand
UNION ALL
SELECT t, part, spot, k, amount
FROM (FROM held UNION ALL FROM held_for_a_time) JOIN spots USING (spot)
JOIN shares USING (what) JOIN targets_by_hand USING (target, policy)
UNION ALL
SELECT t, 1, spot, k, amount
FROM (
    SELECT place, month_of(day) AS k, count(*) AS amount FROM upskilled
    WHERE place <> '441900' GROUP BY ALL
    UNION ALL
    SELECT '441900', month_of(day), count(*)
    FROM (SELECT min(day) AS day FROM upskilled GROUP BY person) GROUP BY ALL
) JOIN spots USING (place) JOIN targets_by_hand USING (policy) WHERE target = 'dg-people-upskilled';

-- A figure of the statistics holds from its period's end on. A place without any of its own takes those
-- of the places below it; where two periods end on one day, the one named last in order of text.
CREATE OR REPLACE TEMP TABLE figures AS
WITH asked(target, part, indicator) AS (VALUES
    ('dl-skilled-share', 2, '就业人员数'), ('dl-self-evaluation', 2, '符合条件企业数'),
    ('qz-skilled-share', 2, '就业人员数'), ('qz-per-student-funding', 1, '生均公用经费(职业)'),
    ('qz-per-student-funding', 2, '生均公用经费(普通高中)')
),
own AS (
    SELECT indicator, place, period_end AS day, arg_max(value, period) AS value
    FROM statistics GROUP BY ALL
),
with_own AS (
    SELECT DISTINCT indicator, place FROM own
),
moved AS (
    SELECT indicator, place, day,
        value - lag(value, 1, 0) OVER (PARTITION BY indicator, place ORDER BY day) AS amount
    FROM own
),
feeds AS (
    SELECT indicator, policy, place, spot FROM with_own JOIN tree USING (place)
    EXCEPT
    SELECT indicator, above.policy, below.place, above.spot
    FROM with_own JOIN tree AS above USING (place)
    JOIN tree AS below ON below.spot = above.own AND below.own <> above.own
)
SELECT t, part, spot, month_of(day) AS k, sum(amount) AS amount
FROM asked JOIN moved USING (indicator) JOIN targets_by_hand USING (target)
JOIN feeds USING (indicator, policy, place) WHERE day <= limit_day GROUP BY ALL;

-- The figure of every line, place and month: a line begins at 0 with each of its windows, but what the
-- statistics tell is unknown before its first figure.
CREATE OR REPLACE TEMP TABLE amounts AS
WITH spans AS (
    SELECT *, year(start) * 12 AS zero_k, coalesce(years, 100) * 12 AS months FROM targets_by_hand
),
begun AS (
    SELECT t, policy, part,
        unnest(list_append(range(zero_k + months, last_k + 1, months), first_k)) AS k
    FROM (SELECT *, unnest(range(1, parts + 1)) AS part FROM spans)
),
moves AS (
    -- One number for what is added up: sorting by it is twice as fast as by its four parts.
    SELECT t, part, spot, greatest(k, first_k) AS k, sum(amount) AS amount,
        (greatest(k, first_k) - zero_k) // months AS span,
        ((t * 10 + part) * 10000 + spot) * 100 + span AS line,
        least(last_k + 1, zero_k + (span + 1) * months) AS end_k
    FROM (
        FROM steps UNION ALL FROM figures
        UNION ALL SELECT t, part, spot, k, 0 FROM begun JOIN spots USING (policy) WHERE is_current
    ) JOIN spans USING (t) GROUP BY ALL
),
runs AS (
    SELECT t, part, spot, k, sum(amount) OVER (PARTITION BY line ORDER BY k) AS amount,
        lead(k, 1, end_k) OVER (PARTITION BY line ORDER BY k) AS next_k
    FROM moves
)
SELECT t, part, spot, unnest(range(k, next_k)) AS k, amount FROM runs;

-- Coverage by institution or cluster ----------------------------------------------------------------

-- The months in which a unit is asked for at a place.
CREATE OR REPLACE TEMP TABLE units AS
WITH registers(target, type, level) AS (VALUES
    ('dl-base-output', '高技能人才培训基地', 'national'),
    ('dl-studio-output', '技能大师工作室', NULL),
    ('dl-studio-output', '技能大师工作站', NULL),
    ('qz-school-bases', '职业院校', NULL)
)
SELECT DISTINCT t, target, spot, unit, unnest(range(greatest(month_of(day), first_k),
    CASE WHEN ends <= limit_day THEN month_of(ends) ELSE last_k + 1 END)) AS k
FROM (
    SELECT target, place, CASE target WHEN 'qz-school-bases' THEN name ELSE institution_no END AS unit,
        recognised_on AS day, revoked_on AS ends
    FROM institutions JOIN registers ON institutions.type = registers.type
        AND (registers.level IS NULL OR institutions.level = registers.level)
) JOIN targets_by_hand USING (target) JOIN tree USING (policy, place) WHERE day <= limit_day;

-- The months in which a unit meets what is asked of it: of a base or studio from the month in which it
-- has trained enough persons to the year's end.
CREATE OR REPLACE TEMP TABLE met AS
WITH trained AS (
    SELECT target, unit, person, year(day) AS year, min(day) AS day
    FROM (
        SELECT unnest([CASE WHEN level >= 3 THEN 'dl-base-output' END,
            CASE WHEN programme = '青年技能骨干' THEN 'dl-studio-output' END]) AS target,
            institution_no AS unit, person, completed_on AS day
        FROM trainings
        WHERE starts_with(place, '2102') AND institution_no IS NOT NULL
            AND completed_on BETWEEN '2023-10-30' AND '2025-12-31'
            AND (level >= 3 OR programme = '青年技能骨干') AND (result = '合格' OR result IS NULL)
    ) WHERE target IS NOT NULL GROUP BY ALL
),
reached AS (
    SELECT target, unit, year, min(k) AS k FROM (
        SELECT target, unit, year, month_of(day) AS k,
            sum(count(*)) OVER (PARTITION BY target, unit, year ORDER BY month_of(day)) AS persons
        FROM trained GROUP BY target, unit, year, month_of(day)
    ) WHERE persons >= CASE target WHEN 'dl-base-output' THEN 1000 ELSE 5 END GROUP BY ALL
),
bases AS (
    SELECT DISTINCT name, unnest(range(greatest(month_of(recognised_on), first_k),
        CASE WHEN revoked_on <= limit_day THEN month_of(revoked_on) ELSE last_k + 1 END)) AS k
    FROM institutions, lives
    WHERE policy = 'quzhou' AND starts_with(place, '3308') AND type = '公共实训基地' AND level = 'city'
        AND recognised_on <= limit_day
)
SELECT target, unit, unnest(range(k, year * 12 + 12)) AS k FROM reached
UNION ALL SELECT 'qz-school-bases', name, k FROM bases;

CREATE OR REPLACE TEMP TABLE unit_counts AS
WITH chains AS (
    SELECT DISTINCT spot, cluster, unnest(range(greatest(month_of(recognised_on), first_k),
        CASE WHEN revoked_on <= limit_day THEN month_of(revoked_on) ELSE last_k + 1 END)) AS k
    FROM institutions JOIN tree USING (place) JOIN lives USING (policy)
    WHERE policy = 'guangdong' AND type = '产教评技能生态链' AND recognised_on <= limit_day AND cluster IN (
        '新一代电子信息', '绿色石化', '智能家电', '汽车产业', '先进材料', '现代轻工纺织',
        '软件与信息服务', '超高清视频显示', '生物医药与健康', '现代农业与食品', '半导体与集成电路',
        '高端装备制造', '智能机器人', '区块链与量子信息', '前沿新材料', '新能源', '激光与增材制造',
        '数字创意', '安全应急与环保', '精密仪器设备')
)
SELECT t, spot, k, count(met.unit) AS numerator, count(*) AS denominator
FROM units LEFT JOIN met USING (target, unit, k) GROUP BY ALL
UNION ALL
SELECT t, spot, k, count(cluster), 20
FROM (SELECT t, spot, unnest(range(first_k, last_k + 1)) AS k
    FROM spots JOIN targets_by_hand USING (policy) WHERE target = 'gd-chain-clusters' AND is_current)
LEFT JOIN chains USING (spot, k) GROUP BY ALL;

-- The table -----------------------------------------------------------------------------------------

CREATE OR REPLACE TABLE by_hand AS
WITH unit_spots AS (
    -- Coverage by places: the units of a level below each place.
    SELECT t, tree.spot, own AS unit
    FROM targets_by_hand AS declared JOIN spots USING (policy) JOIN tree ON own = spots.spot
    WHERE level = CASE declared.kind WHEN 'towns' THEN 'town' WHEN 'districts' THEN 'district'
        WHEN 'cities' THEN 'city' END AND tree.spot <> own AND is_current
),
inner_spots AS (
    SELECT t, spot FROM targets_by_hand JOIN spots USING (policy)
    WHERE kind IN ('towns', 'districts', 'cities') EXCEPT SELECT t, spot FROM unit_spots
),
covered AS (
    SELECT unit_spots.t, unit_spots.spot, k, count(*) AS denominator,
        count(*) FILTER (amount >= 1 AND (target <> 'dl-district-brands' OR amount BETWEEN 2 AND 3))
            AS numerator
    FROM unit_spots JOIN amounts ON amounts.t = unit_spots.t AND amounts.spot = unit
    JOIN targets_by_hand AS declared ON declared.t = amounts.t GROUP BY ALL
),
shares AS (
    SELECT t, spot, k, one.amount AS numerator, other.amount AS denominator,
        CASE kind WHEN 'share' THEN 100 ELSE 1 END AS scale
    FROM (FROM amounts WHERE part = 1) AS one
    FULL JOIN (FROM amounts WHERE part = 2) AS other USING (t, spot, k)
    JOIN targets_by_hand USING (t) WHERE kind IN ('share', 'times')
),
found AS (
    SELECT t, spot, k, CASE kind WHEN 'done' THEN (amount > 0)::DOUBLE ELSE amount END AS value,
        NULL AS numerator, NULL AS denominator, false AS of_units
    FROM amounts JOIN targets_by_hand USING (t) WHERE kind IN ('simple', 'done', 'average')
    UNION ALL
    SELECT t, spot, k, amount, NULL, NULL, false FROM amounts SEMI JOIN inner_spots USING (t, spot)
    UNION ALL
    SELECT t, spot, k, 100.0 * numerator / denominator, numerator, denominator, true FROM covered
    UNION ALL
    SELECT t, spot, k, scale * numerator / nullif(denominator, 0), numerator, denominator, false
    FROM shares
    UNION ALL
    SELECT t, spot, k, 100.0 * numerator / denominator, numerator, denominator, true FROM unit_counts
    UNION ALL
    (SELECT t, spot, k, NULL, CASE kind WHEN 'units' THEN 0 END, CASE kind WHEN 'units' THEN 0 END,
        kind = 'units'
    FROM (SELECT *, unnest(range(first_k, last_k + 1)) AS k FROM targets_by_hand
        WHERE kind IN ('units', 'times')) JOIN spots USING (policy)
    ANTI JOIN unit_counts USING (t, spot, k) ANTI JOIN shares USING (t, spot, k))
),
figures AS (
    SELECT t, spots.policy, target, place, as_of, kind, place = area AS is_area, parent, level, of_units,
        CASE WHEN NOT is_known THEN NULL
            WHEN kind = 'average' THEN value * 365.25 / (dates.until - start + 1)
            ELSE value END AS value,
        CASE WHEN is_known THEN numerator END AS numerator,
        CASE WHEN is_known THEN denominator END AS denominator,
        CASE WHEN years IS NULL THEN start ELSE greatest(start, make_date(block, 1, 1)) END
            AS window_start,
        CASE WHEN years IS NULL THEN declared.until
            ELSE least(declared.until, make_date(block + years - 1, 12, 31)) END AS window_end
    FROM found
    JOIN (SELECT *, has_first AND has_second AS is_known FROM targets_by_hand) AS declared USING (t)
    JOIN spots USING (policy, spot)
    JOIN dates USING (policy, k),
        LATERAL (SELECT year(start) + (year(dates.until) - year(start)) // years * years AS block)
    WHERE is_current
),
beside AS (
    -- A place beside its sisters: the most, or under a cap the least, comes first.
    SELECT *,
        rank() OVER (sisters ORDER BY CASE target WHEN 'jm-chief-technicians' THEN value ELSE -value END
            NULLS LAST) AS place_rank,
        count(value) OVER sisters AS with_value,
        min(value) OVER sisters < max(value) OVER sisters AND value IS NOT NULL AND kind <> 'done'
            AND NOT is_area AS is_ranked
    FROM figures WINDOW sisters AS (PARTITION BY t, as_of, parent, level)
)
SELECT beside.policy, beside.target, place, beside.as_of, beside.value, numerator, denominator,
    CASE WHEN of_units THEN '%' ELSE coalesce(inner_unit, unit) END AS unit,
    CASE WHEN of_units THEN 'at_least' ELSE coalesce(inner_require, require) END AS require,
    CASE WHEN kind IN ('simple', 'average') AND NOT is_area AND whole > 0
        THEN 100 * beside.value / whole END AS share,
    CASE WHEN is_ranked THEN place_rank END AS rank,
    CASE WHEN is_ranked THEN with_value END AS ranked, window_start, window_end
FROM beside JOIN (SELECT target, unit, require, inner_unit, inner_require FROM targets) USING (target)
LEFT JOIN (SELECT t, as_of, value AS whole FROM figures WHERE is_area) USING (t, as_of);
