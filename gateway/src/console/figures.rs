//! `/board?show=…`: the figures of the assessment beside the limits: over any unit, rung, item, place and days, as of
//! any day, each with how many it was counted over; and the same as a file.

use std::sync::Arc;

use askama::Template;
use projections::Scope;
use projections::metrics::{Metric, Tally};

use super::fields::{Field, FieldKind};
use super::lang::Lang;
use super::page::Page;
use super::words;
use crate::auth::Reader;
use crate::figures::{self, Answer, Asked, GROUPS, Group, Line, scores, shown};
use crate::files::table::Cell;
use crate::http::App;
use crate::http::problem::Problem;
use crate::http::visit::{Visit, url_encode};

#[derive(Template)]
#[template(path = "figures.html")]
pub struct Figures {
    page: Page,
    unit: String,
    heading: &'static str,
    groups: Vec<Tab>,
    ways: Vec<Tab>,
    fields: Vec<Field>,
    by: &'static str,
    show: &'static str,
    columns: Vec<Column>,
    lines: Vec<Shown>,
    total: Shown,
    scored: Vec<Month>,
    ranking: bool,
    version: String,
    first: String,
    next: String,
    xlsx: String,
    csv: String,
}

struct Tab {
    href: String,
    label: &'static str,
    here: bool,
}

/// A figure at the head of a column; the link puts the lines in its order.
struct Column {
    label: &'static str,
    href: String,
    here: bool,
}

struct Shown {
    name: String,
    /// The same figures of what is below; empty where nothing can be.
    href: String,
    cases: i64,
    excluded: i64,
    /// Each figure with how many it was counted over.
    figures: Vec<(String, String)>,
}

/// A unit's month under the scheme.
struct Month {
    name: String,
    class: String,
    tier: usize,
    cases: i64,
    excluded: i64,
    total: String,
    grade: &'static str,
    place: String,
    red: &'static str,
}

/// Lines of a page.
const LINES: usize = 50;

/// The group that shows scores.
const SCORES: &str = "scores";

impl Asked {
    /// The address of the figures with these parameters.
    pub(super) fn href(&self, path: &str) -> String {
        let pairs = [
            ("show", &self.show),
            ("by", &self.by),
            ("from", &self.from),
            ("to", &self.to),
            ("as_of", &self.as_of),
            ("of", &self.of),
            ("rung", &self.rung),
            ("item", &self.item),
            ("place", &self.place),
            ("order", &self.order),
        ];
        let given = pairs.into_iter().filter(|(_, value)| !value.is_empty());
        let mut query: Vec<String> =
            given.map(|(name, value)| format!("{name}={}", url_encode(value))).collect();
        if self.start > 0 {
            query.push(format!("start={}", self.start));
        }
        format!("{path}?{}", query.join("&"))
    }

    /// Whether figures are asked for, not the limits of whole months.
    pub(super) fn is_of_figures(&self) -> bool {
        let texts = [&self.show, &self.as_of, &self.of, &self.rung, &self.item, &self.place, &self.order];
        let days = [&self.from, &self.to].into_iter().any(|text| text.len() > 7);
        days || texts.into_iter().any(|text| !text.is_empty())
            || ["below", "place"].contains(&self.by.as_str())
    }

    fn with(&self, change: impl FnOnce(&mut Self)) -> String {
        let mut other = Self { start: 0, ..self.clone() };
        change(&mut other);
        other.href("/board")
    }
}

/// The tabs of what can be shown, the limits first.
pub(super) fn groups(asked: &Asked, l: Lang) -> Vec<(String, &'static str, bool)> {
    let limits = ("/board".to_owned(), l.t("件数", "Counts"), !asked.is_of_figures());
    let shows =
        if asked.show.is_empty() && asked.is_of_figures() { GROUPS[0].key } else { asked.show.as_str() };
    let of = |key: &'static str, label| {
        let href = asked.with(|asked| {
            key.clone_into(&mut asked.show);
            asked.order.clear();
        });
        (href, label, shows == key)
    };
    let tabs = GROUPS.iter().map(|group| of(group.key, l.t(group.zh, group.en)));
    std::iter::once(limits).chain(tabs).chain([of(SCORES, l.t("考评", "Scores"))]).collect()
}

/// The page.
pub(super) async fn page(
    app: &Arc<App>,
    visit: &Visit,
    reader: &Reader,
    asked: &Asked,
) -> Result<Figures, Problem> {
    let (l, rules) = (visit.lang, app.rules());
    let scoring = asked.show == SCORES;
    let plain = if scoring { Asked { show: String::new(), ..asked.clone() } } else { asked.clone() };
    let group = plain.group()?;
    let answer = figures::ask(&app.views, &rules, &reader.scope(), &plain, l).await?;
    let scored = if scoring { months(app, reader, &answer, l).await? } else { Vec::new() };
    let (_, metrics) = (group, metrics(group));
    let show = |line: &Line| shown_line(asked, &answer, &metrics, line, l);
    let end = asked.start.saturating_add(LINES);
    let total = Line { key: String::new(), name: l.t("合计", "All").to_owned(), tally: answer.total };
    let tab = |(href, label, here)| Tab { href, label, here };
    let ways = figures::ways(l).map(|(word, label)| Tab {
        href: asked.with(|asked| word.clone_into(&mut asked.by)),
        label,
        here: word == answer.by.0,
    });
    let columns = metrics.iter().map(|metric| Column {
        label: l.t(metric.zh, metric.en),
        href: asked.with(|asked| metric.key.clone_into(&mut asked.order)),
        here: asked.order == metric.key,
    });
    Ok(Figures {
        page: Page::inside(app, visit, reader).await?,
        unit: whose(app, reader, asked, l),
        heading: answer.by.1,
        groups: groups(asked, l).into_iter().map(tab).collect(),
        ways: ways.collect(),
        fields: fields(asked, l),
        by: answer.by.0,
        show: if scoring { SCORES } else { group.key },
        columns: columns.collect(),
        lines: answer.lines.iter().skip(asked.start).take(LINES).map(show).collect(),
        total: shown_line(asked, &answer, &metrics, &total, l),
        scored,
        ranking: rules.policy.assessment.ranking,
        version: answer.version.clone(),
        first: if asked.start == 0 { String::new() } else { asked.with(|_| ()) },
        next: if answer.lines.len() > end { asked.with(|asked| asked.start = end) } else { String::new() },
        xlsx: asked.with(|_| ()).replacen("/board", "/board.xlsx", 1),
        csv: asked.with(|_| ()).replacen("/board", "/board.csv", 1),
    })
}

/// The unit whose figures they are.
fn whose(app: &App, reader: &Reader, asked: &Asked, l: Lang) -> String {
    let unit = if asked.of.is_empty() {
        reader.account.unit.clone()
    } else {
        domain::ids::UnitId::new(asked.of.trim())
    };
    words::unit(&app.rules().org, &unit, l)
}

fn metrics(group: &Group) -> Vec<&'static Metric> {
    group.metrics.iter().filter_map(|key| Metric::named(key)).collect()
}

fn fields(asked: &Asked, l: Lang) -> Vec<Field> {
    let date = |name, label, value: &str| {
        // A month is told as it was asked.
        let kind = if value.len() == 7 { FieldKind::Line("month") } else { FieldKind::Line("date") };
        Field { kind, ..Field::line(name, label) }.value(value)
    };
    vec![
        date("from", l.t("时限自", "Due from"), &asked.from),
        date("to", l.t("至", "to"), &asked.to),
        date("as_of", l.t("截至", "As of"), &asked.as_of),
        Field::line("of", l.t("单位（含下级）", "Unit, with all under it")).value(asked.of.as_str()),
        Field::line("item", l.t("事项编码", "Item code")).value(asked.item.as_str()),
        Field::line("place", l.t("所在社区", "Community")).value(asked.place.as_str()),
        Field::line("rung", l.t("层级", "Rung")).value(asked.rung.as_str()),
    ]
}

fn shown_line(asked: &Asked, answer: &Answer, metrics: &[&Metric], line: &Line, l: Lang) -> Shown {
    let figure = |metric: &&Metric| {
        let ratio = metric.of(&line.tally, &answer.weights);
        (shown::value(metric, &ratio, l), shown::detail(metric, &ratio))
    };
    let href = match answer.by.0 {
        "below" if !line.key.is_empty() && line.key != asked.of => {
            asked.with(|asked| line.key.clone_into(&mut asked.of))
        }
        _ => String::new(),
    };
    Shown {
        name: line.name.clone(),
        href,
        cases: line.tally.cases,
        excluded: line.tally.excluded,
        figures: metrics.iter().map(figure).collect(),
    }
}

/// The month that scores are of: that of the period's end, else the present one.
async fn months(app: &App, reader: &Reader, answer: &Answer, l: Lang) -> Result<Vec<Month>, Problem> {
    let rules = app.rules();
    let day = answer.query.to.or(answer.query.as_of).unwrap_or_else(|| projections::day_at(app.engine.now()));
    let scope: &Scope = &answer.query.scope;
    debug_assert!(*scope == reader.scope() || matches!(scope, Scope::Within(_)));
    let scored = scores::month(&app.views, &rules, scope, day, answer.query.as_of).await?;
    let name = |class: &str| {
        let scheme = rules.policy.assessment.scheme.iter().find(|scheme| scheme.class == class);
        scheme.map_or_else(String::new, |scheme| l.t(&scheme.zh, &scheme.en).to_owned())
    };
    let told = |one: scores::Scored| Month {
        class: name(&one.class),
        name: one.name,
        tier: one.tier + 1,
        cases: one.cases,
        excluded: one.excluded,
        total: one
            .score
            .total
            .map_or_else(|| l.t("样本不足", "too few").to_owned(), |total| shown::decimal(total, 1_000)),
        grade: one.grade.map_or("", |grade| grade_word(grade, l)),
        place: one.place.map(|place| place.to_string()).unwrap_or_default(),
        red: one.red.map_or("", |red| if red { l.t("红榜", "red") } else { l.t("黑榜", "black") }),
    };
    Ok(scored.into_iter().map(told).collect())
}

fn grade_word(grade: projections::metrics::score::Grade, l: Lang) -> &'static str {
    use projections::metrics::score::Grade;
    match grade {
        Grade::Excellent => l.t("优秀", "excellent"),
        Grade::Good => l.t("良好", "good"),
        Grade::Pass => l.t("合格", "pass"),
        Grade::Fail => l.t("不合格", "fail"),
    }
}

/// A table as a file has it: its columns and rows.
pub(super) type Table = (Vec<&'static str>, Vec<Vec<Cell>>);

/// What the page shows, all lines of it, as a file.
pub(super) async fn table(app: &App, reader: &Reader, asked: &Asked, l: Lang) -> Result<Table, Problem> {
    let rules = app.rules();
    let scoring = asked.show == SCORES;
    let plain = if scoring { Asked { show: String::new(), ..asked.clone() } } else { asked.clone() };
    let answer = figures::ask(&app.views, &rules, &reader.scope(), &plain, l).await?;
    if scoring {
        return Ok(score_table(months(app, reader, &answer, l).await?, l));
    }
    let metrics = metrics(plain.group()?);
    let mut columns = vec![answer.by.1, l.t("工单", "Cases"), l.t("剔除", "Excluded")];
    for metric in &metrics {
        columns.extend([l.t(metric.zh, metric.en), l.t("样本与区间", "Sample and interval")]);
    }
    let row = |name: &str, tally: &Tally| {
        let mut cells: Vec<Cell> = vec![name.into(), Cell::Number(tally.cases), Cell::Number(tally.excluded)];
        for metric in &metrics {
            let ratio = metric.of(tally, &answer.weights);
            cells.push(shown::value(metric, &ratio, l).as_str().into());
            cells.push(shown::detail(metric, &ratio).as_str().into());
        }
        cells
    };
    let mut rows: Vec<Vec<Cell>> = answer.lines.iter().map(|line| row(&line.name, &line.tally)).collect();
    rows.push(row(l.t("合计", "All"), &answer.total));
    Ok((columns, rows))
}

fn score_table(months: Vec<Month>, l: Lang) -> Table {
    let columns = vec![
        l.t("单位", "Unit"),
        l.t("类别", "Class"),
        l.t("档次", "Tier"),
        l.t("工单", "Cases"),
        l.t("剔除", "Excluded"),
        l.t("得分", "Score"),
        l.t("等次", "Grade"),
        l.t("名次", "Place"),
        l.t("榜单", "List"),
    ];
    let row = |month: Month| {
        vec![
            month.name.as_str().into(),
            month.class.as_str().into(),
            Cell::Number(i64::try_from(month.tier).unwrap_or_default()),
            Cell::Number(month.cases),
            Cell::Number(month.excluded),
            month.total.as_str().into(),
            month.grade.into(),
            month.place.as_str().into(),
            month.red.into(),
        ]
    };
    (columns, months.into_iter().map(row).collect())
}
