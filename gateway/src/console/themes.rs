//! `/themes`: 每月一题. What one community complains of again and again in a month, proposed as a theme to be
//! solved at its root.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use projections::Theme;
use serde::Deserialize;

use super::fields::{Field, FieldKind};
use super::page::{Page, show, times, views_failed};
use super::{failed, words};
use crate::auth::Reader;
use crate::http::App;
use crate::http::filter::month;
use crate::http::problem::Problem;
use crate::http::visit::Visit;

#[derive(Template)]
#[template(path = "themes.html")]
struct Themes {
    page: Page,
    month: Field,
    least: u8,
    lines: Vec<Line>,
}

struct Line {
    place: String,
    item: String,
    cases: i64,
    open: i64,
    /// The list behind it.
    href: String,
}

/// Which month; empty for the present one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// `2026-11`.
    pub month: String,
}

/// The themes of a month, with the month that is meant and how many cases make one.
///
/// # Errors
/// The month cannot be read, or the views failed.
pub async fn themes(app: &App, reader: &Reader, asked: &str) -> Result<(String, u8, Vec<Theme>), Problem> {
    let now = app.engine.now();
    let rules = app.rules();
    let today = rules.calendar.date_of(now);
    let month = match month("month", asked)? {
        Some(month) => month,
        None => format!("{:04}-{:02}", today.year(), today.month()),
    };
    let least = rules.policy.sla.theme_count;
    let found = app.views.themes(&month, i64::from(least), &reader.scope()).await.map_err(views_failed)?;
    Ok((month, least, found))
}

/// `GET /themes`
pub async fn get(
    State(app): State<Arc<App>>,
    visit: Visit,
    reader: Reader,
    asked: Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    match page(&app, &visit, &reader, &asked).await {
        Ok(page) => show(StatusCode::OK, &page),
        Err(problem) => failed(&app, &visit, Some(&reader), problem).await,
    }
}

async fn page(app: &Arc<App>, visit: &Visit, reader: &Reader, asked: &Asked) -> Result<Themes, Problem> {
    let (month, least, found) = themes(app, reader, &asked.month).await?;
    let (l, rules) = (times(app, visit.lang).l, app.rules());
    let lines = found.into_iter().map(|theme| Line {
        place: words::unit(&rules.org, &theme.place, l),
        item: rules
            .policy
            .catalogue
            .item(&theme.item)
            .map_or_else(|| theme.item.to_string(), |item| item.name.clone()),
        cases: theme.cases,
        open: theme.open,
        href: format!("/cases?locality={}&item={}&arrived={month}", theme.place, theme.item),
    });
    let field = Field { kind: FieldKind::Line("month"), ..Field::line("month", l.t("月份", "Month")) };
    Ok(Themes {
        page: Page::inside(app, visit, reader).await?,
        lines: lines.collect(),
        month: field.value(month.as_str()),
        least,
    })
}
