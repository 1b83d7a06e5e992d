//! `/new`: a complaint taken down by hand, at the counter or on patrol.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::intake::Complaint;
use engine::intake::{Arrival, Outcome};
use serde_json::json;
use uuid::Uuid;

use super::fields::{self, Field, Input, UnitChoice, option};
use super::lang::Lang;
use super::page::{Page, show};
use super::{caught_up, failed, words};
use crate::auth::Reader;
use crate::http::App;
use crate::http::problem::{EdgeCode, Problem};
use crate::http::visit::Visit;

#[derive(Template)]
#[template(path = "new.html")]
struct New {
    page: Page,
    fields: Vec<Field>,
    units: Vec<UnitChoice>,
    received_at: String,
    id: String,
}

/// `GET /new`
pub async fn get(State(app): State<Arc<App>>, visit: Visit, reader: Reader) -> Response {
    page(&app, &visit, &reader, &Input::new(), None).await
}

/// `POST /new`
pub async fn post(
    State(app): State<Arc<App>>,
    visit: Visit,
    reader: Reader,
    Form(input): Form<Input>,
) -> Response {
    match register(&app, &reader, &input).await {
        Ok(outcome) => {
            let (Outcome::Opened { case_no, .. }
            | Outcome::Supplement { case_no, .. }
            | Outcome::Duplicate { case_no, .. }) = outcome;
            // Whoever takes down a report against their own unit does not see it afterwards.
            let seen = app.views.find(&case_no, &reader.scope()).await.is_ok_and(|found| !found.is_empty());
            let next = if seen { format!("/cases/{case_no}?done=1") } else { "/?done=1".to_owned() };
            Redirect::to(&next).into_response()
        }
        Err(problem) => page(&app, &visit, &reader, &input, Some(problem)).await,
    }
}

async fn register(app: &Arc<App>, reader: &Reader, input: &Input) -> Result<Outcome, Problem> {
    let text = |name: &str| input.get(name).map(|text| text.trim()).filter(|text| !text.is_empty());
    // The form's own id: sent twice it is one case, and another clerk's form is another.
    let id = text("external_id").and_then(|id| Uuid::parse_str(id).ok()).ok_or(EdgeCode::FormExpired)?;
    let complaint = json!({
        "external_id": format!("{}:{id}", reader.account.name),
        "received_at": text("received_at"),
        "channel": text("channel"),
        "title": text("title"),
        "text": text("text"),
        "address": text("address"),
        "item": text("item"),
        "accused": text("accused"),
        "reporter": {
            "name": text("reporter_name"),
            "phone": text("reporter_phone"),
            "confidential": text("confidential").is_some(),
            "anonymous": text("reporter_name").is_none(),
        },
    });
    let complaint = Complaint::from_json(complaint, words::CONSOLE, app.engine.now())
        .map_err(|faults| Problem::from(EdgeCode::BadField).with_faults(faults))?;
    let arrival = Arrival::live(complaint, reader.account.actor());
    let intake = app.intake.clone();
    // Owned by the runtime: a browser that hangs up must not leave it half done.
    let received = tokio::spawn(async move { intake.receive(arrival).await }).await;
    let outcome = received.map_err(|error| Problem::inside("the intake failed", &error))??;
    if let Ok(head) = app.engine.store().head().await {
        caught_up(app, head.position).await;
    }
    Ok(outcome)
}

async fn page(
    app: &Arc<App>,
    visit: &Visit,
    reader: &Reader,
    input: &Input,
    problem: Option<Problem>,
) -> Response {
    let frame = match Page::inside(app, visit, reader).await {
        Ok(page) => page,
        Err(problem) => return failed(app, visit, None, problem).await,
    };
    let status = problem.as_ref().map_or(StatusCode::OK, Problem::http);
    let kept = |name: &str, fresh: String| input.get(name).cloned().unwrap_or(fresh);
    let template = New {
        page: frame.with_problem(problem),
        fields: form(app, visit.lang).into_iter().map(|field| field.kept(Some(input))).collect(),
        units: fields::units(app, visit.lang),
        received_at: kept("received_at", app.engine.now().to_string()),
        id: kept("external_id", Uuid::now_v7().to_string()),
    };
    show(status, &template)
}

fn form(app: &App, l: Lang) -> Vec<Field> {
    let channels = [
        ("phone", "电话", "Phone"),
        ("counter", "窗口", "Counter"),
        ("patrol", "巡查", "Patrol"),
        ("web", "网络", "Web"),
    ];
    let channels = channels.map(|(word, zh, en)| option(word, l.t(zh, en)));
    vec![
        Field::choice("channel", l.t("渠道", "Channel"), channels.into()).value("phone"),
        Field::line("title", l.t("标题", "Title")).required(),
        Field::area("text", l.t("诉求内容", "What is the matter")).hint(l.t("加密保存", "Stored encrypted")),
        Field::line("address", l.t("地点", "Where")).required().hint(
            l.t("写明社区或网格，系统据此派单", "Name the community or grid: the case is dispatched by it"),
        ),
        Field::select(
            "item",
            l.t("事项", "Item"),
            fields::items(app, l.t("不确定，交派遣员", "Not sure: leave it to triage")),
        ),
        Field::line("accused", l.t("被举报单位", "Accused units")).hint(l.t(
            "举报单位时填写；该单位及其下级看不到本件",
            "For a report against a unit: neither it nor anything under it sees the case",
        )),
        Field::line("reporter_name", l.t("诉求人姓名", "Complainant's name"))
            .hint(l.t("不填为匿名", "Empty: anonymous")),
        Field::typed("reporter_phone", l.t("联系电话", "Telephone"), "tel"),
        Field::tick("confidential", l.t("对承办单位保密", "Keep confidential from the handler")),
    ]
}
