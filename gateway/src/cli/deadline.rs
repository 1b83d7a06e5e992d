//! `deadline`: when a limit is due, and how that was counted.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use domain::calendar::{Budget, Calendar, Clock, Counted, Segment, Suspension, Unit};
use domain::fault::Fault;
use serde::Serialize;

use super::{CliError, Global, Outcome, deadline_batch, output, times};
use crate::files::text;

/// 计算到期时间并说明如何计算 · when a limit is due, and how that was counted
///
/// 时限写法 budgets: 15min 2h（连续小时 continuous）3wh（工作时 working hours）5wd（工作日 working
/// days）0wd（当日 the same day）7nd（自然日 natural days）. 时间须带时区，否则按日历所在时区 · a time without an offset is
/// read in the calendar's zone.
#[derive(Debug, Args)]
pub struct DeadlineArgs {
    /// 起算时间 · when the clock starts
    #[arg(long, value_name = "TIME", required_unless_present = "batch", allow_hyphen_values = true)]
    from: Option<String>,
    /// 时限 · what is allowed, e.g. 5wd
    #[arg(long, value_name = "BUDGET", required_unless_present = "batch")]
    budget: Option<String>,
    /// 挂账区间，可重复；TO 可空 · a pause, repeatable; an empty TO has no end
    #[arg(long, value_name = "FROM/TO")]
    suspend: Vec<String>,
    /// 延期，可重复 · an extension, repeatable
    #[arg(long, value_name = "BUDGET")]
    extend: Vec<String>,
    /// 日历文件，缺省为规则目录的或内置的 · calendar file, else the one of the rules
    #[arg(long, value_name = "FILE")]
    calendar: Option<PathBuf>,
    /// 批量：每行 {"at","budget","suspend":[[from,to]]}，- 为标准输入 · many at once, one result a line; - is stdin
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "budget", "suspend", "extend"])]
    batch: Option<PathBuf>,
}

/// The answer for machines.
#[derive(Serialize)]
pub(super) struct Answer {
    due_at: String,
    counted: Vec<Stretch>,
    calendar_revision: String,
    provisional: bool,
}

#[derive(Serialize)]
struct Stretch {
    from: String,
    to: String,
    counted: f64,
    unit: Unit,
    reason: domain::calendar::Reason,
}

/// What is asked: texts, as they came.
pub(super) struct Question {
    pub at: String,
    pub budget: String,
    pub suspend: Vec<(String, Option<String>)>,
    pub extend: Vec<String>,
}

/// Runs the command.
pub fn run(global: &Global, args: &DeadlineArgs) -> Outcome {
    let calendar = calendar(global, args.calendar.as_deref())?;
    if let Some(file) = &args.batch {
        return deadline_batch::run(&calendar, file);
    }
    let question = Question {
        at: args.from.clone().unwrap_or_default(),
        budget: args.budget.clone().unwrap_or_default(),
        suspend: args.suspend.iter().map(|span| split(span)).collect::<Result<_, _>>()?,
        extend: args.extend.clone(),
    };
    let clock = question.clock(&calendar)?;
    let counted = calendar.count(&clock).map_err(|error| CliError::Refused(vec![error.fault()]))?;
    if global.json {
        output::json(&answer(&counted, &calendar));
    } else {
        explain(&clock, &counted, &calendar);
    }
    Ok(ExitCode::SUCCESS)
}

impl Question {
    /// The clock that it means.
    pub(super) fn clock(&self, calendar: &Calendar) -> Result<Clock, Fault> {
        let zone = calendar.zone();
        let mut clock = Clock::new(
            times::read(&self.at, zone).map_err(|fault| fault.in_field("from"))?,
            Budget::parse(&self.budget).map_err(|fault| fault.in_field("budget"))?,
        );
        for (from, to) in &self.suspend {
            let read = |text: &str| times::read(text, zone).map_err(|fault| fault.in_field("suspend"));
            clock
                .suspensions
                .push(Suspension { from: read(from)?, to: to.as_deref().map(read).transpose()? });
        }
        for word in &self.extend {
            clock.extensions.push(Budget::parse(word).map_err(|fault| fault.in_field("extend"))?);
        }
        Ok(clock)
    }
}

/// The answer for machines.
pub(super) fn answer(counted: &Counted, calendar: &Calendar) -> Answer {
    let write = |time| times::write(time, calendar.zone());
    let stretch = |segment: &Segment| Stretch {
        from: write(segment.from),
        to: write(segment.to),
        counted: segment.counted,
        unit: segment.unit,
        reason: segment.reason,
    };
    Answer {
        due_at: write(counted.due_at),
        counted: counted.segments.iter().map(stretch).collect(),
        calendar_revision: counted.calendar_revision.clone(),
        provisional: counted.provisional,
    }
}

fn split(span: &str) -> Result<(String, Option<String>), Fault> {
    let (from, to) = span.split_once('/').ok_or_else(|| {
        Fault::new("SUSPENSION_INVALID", "挂账区间应写作 起/止", "a pause is written FROM/TO")
            .in_field("suspend")
    })?;
    Ok((from.to_owned(), Some(to.trim()).filter(|to| !to.is_empty()).map(str::to_owned)))
}

fn calendar(global: &Global, file: Option<&Path>) -> Result<Calendar, CliError> {
    let in_rules = global.policy.as_ref().map(|dir| dir.join("calendar/cn.json"));
    let Some(path) = file.map(Path::to_owned).or(in_rules) else {
        return Calendar::parse("cn.json", domain::sample::CALENDAR).map_err(CliError::Misused);
    };
    let text = text::read(&path)?;
    Calendar::parse(&path.display().to_string(), &text).map_err(CliError::Refused)
}

fn explain(clock: &Clock, counted: &Counted, calendar: &Calendar) {
    let zone = calendar.zone();
    let day = counted.due_at.to_zoned(zone.clone()).strftime("%A").to_string();
    output::line(format!(
        "到期 due        {}  {} {day}",
        times::write(counted.due_at, zone),
        weekday_zh(&day)
    ));
    output::line(format!("起算 from       {}", times::write(clock.start, zone)));
    output::line(format!("时限 budget     {} · {}", clock.budget.zh(), clock.budget.en()));
    for extension in &clock.extensions {
        output::line(format!("延期 extension  {} · {}", extension.zh(), extension.en()));
    }
    for segment in &counted.segments {
        output::line(format!(
            "  {} → {}  {:>9}  {} · {}",
            times::short(segment.from, zone),
            times::short(segment.to, zone),
            amount(segment),
            segment.reason.zh(),
            segment.reason.en(),
        ));
    }
    let paper = calendar.paper(calendar.date_of(counted.due_at).year());
    let paper = paper.map(|paper| format!("  {paper}")).unwrap_or_default();
    output::line(format!("日历 calendar   {}{paper}", counted.calendar_revision));
    if counted.provisional {
        output::line(
            "暂定：所涉年份的放假安排尚未公布 · provisional: that year's holidays are not published yet",
        );
    }
}

fn amount(segment: &Segment) -> String {
    if segment.counted == 0.0 {
        return "—".to_owned();
    }
    let unit = match segment.unit {
        Unit::Hour => "h",
        Unit::WorkHour => "wh",
        Unit::WorkDay => "wd",
        Unit::NaturalDay => "nd",
    };
    let rounded = (segment.counted * 100.0).round() / 100.0;
    format!("+{rounded}{unit}")
}

fn weekday_zh(day: &str) -> &'static str {
    match day {
        "Monday" => "星期一",
        "Tuesday" => "星期二",
        "Wednesday" => "星期三",
        "Thursday" => "星期四",
        "Friday" => "星期五",
        "Saturday" => "星期六",
        _ => "星期日",
    }
}
