//! `/r/{token}`: the complainant's own answers to the callback, by a link that was sent to them. It needs no
//! account and shows nothing personal; what is answered here is the callback, once.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State as With};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::case::event::{CloseMode, Said, Satisfaction};
use domain::case::{Command, Event, Life, State};
use domain::context::Actor;
use domain::ids::CaseId;
use domain::intake::complaint::LINE_MAX;
use domain::policy::Matter;
use engine::CaseHistory;
use engine::submit::Request;
use uuid::Uuid;

use super::fields::{Field, Input, option, yes_no};
use super::page::{Page, show, times};
use super::{errors, words};
use crate::http::App;
use crate::http::problem::{EdgeCode, Problem};
use crate::http::visit::Visit;

/// Who answers by the link, as the log names them.
const WHO: &str = "resident:link";
/// Bytes of the signature that are kept.
const SIGNED: usize = 16;
/// Name space of the answers: uuid v5 over case and round, so that a round is answered once.
const ANSWERS: Uuid = Uuid::from_u128(0x8d1c_2f7e_60b4_4f0f_9a35_2b7c_51d0_e6a4);

#[derive(Template)]
#[template(path = "rating.html")]
struct RatingPage {
    page: Page,
    token: String,
    about: Vec<(&'static str, String)>,
    stands: Stands,
    fields: Vec<Field>,
}

/// Whether there is something to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stands {
    /// It is asked now.
    Asked,
    /// Answered by this link.
    Answered,
    /// Somebody was called, or the case ended otherwise.
    Over,
    /// It is being worked on.
    Early,
    /// It was reopened since: another link comes.
    Older,
}

impl Stands {
    fn of(history: &CaseHistory, round: u32) -> Self {
        let state = &history.state;
        if state.reopened > round {
            return Self::Older;
        }
        let last = history.events.iter().rev();
        let of_round = last.take_while(|recorded| {
            !matches!(&recorded.event, domain::stream::Event::Case(Event::CaseReopened(_)))
        });
        let mut own = of_round.filter(|recorded| {
            recorded.meta.actor.id == WHO
                && matches!(&recorded.event, domain::stream::Event::Case(Event::CaseRated(_)))
        });
        if own.next().is_some() {
            return Self::Answered;
        }
        match state.life {
            _ if asked(state) => Self::Asked,
            life if life.is_open() && life != Life::CalledBack => Self::Early,
            _ => Self::Over,
        }
    }
}

/// The same cases of which a rating by bus is the callback.
fn asked(state: &State) -> bool {
    let missed = matches!(state.closed_as, Some(CloseMode::NotSampled | CloseMode::InvalidCallback));
    let outside = matches!(state.hands.outside, Some((Matter::Rating, _)));
    state.life == Life::PendingCallback || outside || (state.life == Life::Closed && missed)
}

/// The link for a round of a case: how often it was reopened.
pub fn link(app: &App, case: CaseId, round: u32) -> String {
    let mut token = body(case, round);
    token.extend(signature(app, &token));
    format!("/r/{}", URL_SAFE_NO_PAD.encode(token))
}

fn body(case: CaseId, round: u32) -> Vec<u8> {
    [case.0.as_bytes().as_slice(), &round.to_be_bytes()].concat()
}

fn signature(app: &App, body: &[u8]) -> Vec<u8> {
    let signed = [b"rating link\n".as_slice(), body].concat();
    app.engine.keyring().content_hash(&signed)[..SIGNED].to_vec()
}

/// The case and the round of a token that we signed.
fn read(app: &App, token: &str) -> Option<(CaseId, u32)> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (body, signed) = bytes.split_at_checked(20)?;
    // Every byte is looked at, however soon one differs.
    let own = signature(app, body);
    let differs = own.iter().zip(signed).fold(0, |differs, (ours, theirs)| differs | (ours ^ theirs));
    let ours = own.len() == signed.len() && differs == 0;
    let (case, round) = body.split_at_checked(16)?;
    let case = CaseId(Uuid::from_slice(case).ok()?);
    ours.then_some((case, u32::from_be_bytes(round.try_into().ok()?)))
}

/// `GET /r/{token}`
pub async fn get(With(app): With<Arc<App>>, visit: Visit, Path(token): Path<String>) -> Response {
    page(&app, &visit, &token, None, &Input::new()).await
}

/// `POST /r/{token}`
pub async fn post(
    With(app): With<Arc<App>>,
    visit: Visit,
    Path(token): Path<String>,
    Form(input): Form<Input>,
) -> Response {
    match answer(&app, &token, &input).await {
        Ok(()) => Redirect::to(&format!("/r/{token}")).into_response(),
        Err(problem) => page(&app, &visit, &token, Some(problem), &input).await,
    }
}

async fn answer(app: &App, token: &str, input: &Input) -> Result<(), Problem> {
    let (case, round) = read(app, token).ok_or(EdgeCode::PageNotFound)?;
    let history = history(app, case).await?;
    if Stands::of(&history, round) != Stands::Asked {
        // Pressed twice, or overtaken: the page says how it stands.
        return Ok(());
    }
    let missing = |field: &str| Problem::from(EdgeCode::BadField).about(field);
    let yes = |field: &str| match input.get(field).map(String::as_str) {
        Some("true") => Ok(true),
        Some("false") => Ok(false),
        _ => Err(missing(field)),
    };
    let (contacted, solved) = (yes("contacted")?, yes("solved")?);
    let word = input.get("satisfaction").map(String::as_str).unwrap_or_default();
    let known = Satisfaction::ALL.into_iter().find(|(name, _)| *name == word);
    let (_, satisfaction) = known.ok_or_else(|| missing("satisfaction"))?;
    let remark = input.get("remark").map(|text| text.trim().to_owned()).unwrap_or_default();
    if remark.chars().nth(LINE_MAX).is_some() {
        return Err(missing("remark"));
    }
    let said = Said { remark, ..Said::default() };
    let command = Command::Rate { contacted, solved, satisfaction, rated_at: None, said };
    let actor = Actor { id: WHO.to_owned(), unit: None };
    let id = Uuid::new_v5(&ANSWERS, &body(case, round));
    let accepted = app.engine.submit(Request::case(case, command, actor).with_id(id)).await?;
    if let Some(receipt) = accepted.receipt {
        super::caught_up(app, receipt.last_position).await;
    }
    Ok(())
}

async fn history(app: &App, case: CaseId) -> Result<CaseHistory, Problem> {
    let history = app.engine.case(case).await.map_err(|error| Problem::away("the log failed", &error))?;
    history.ok_or_else(|| EdgeCode::PageNotFound.into())
}

async fn page(
    app: &Arc<App>,
    visit: &Visit,
    token: &str,
    problem: Option<Problem>,
    input: &Input,
) -> Response {
    let outside = || Page::outside(visit, app.demo);
    let Some((case, round)) = read(app, token) else {
        return errors::show(outside(), EdgeCode::PageNotFound.into());
    };
    let history = match history(app, case).await {
        Ok(history) => history,
        Err(problem) => return errors::show(outside(), problem),
    };
    let status = problem.as_ref().map_or(StatusCode::OK, Problem::http);
    let stands = Stands::of(&history, round);
    show(
        status,
        &RatingPage {
            about: about(app, visit, &history.state),
            page: outside().with_problem(problem),
            token: token.to_owned(),
            stands,
            fields: fields(visit, input),
        },
    )
}

/// What tells the complainant which matter it is, and nobody else anything.
fn about(app: &App, visit: &Visit, state: &State) -> Vec<(&'static str, String)> {
    let (l, rules, times) = (visit.lang, app.rules(), times(app, visit.lang));
    let item = state.item.as_ref().and_then(|code| rules.policy.catalogue.item(code));
    let about = [
        (l.t("工单编号", "Case"), Some(state.case_no.clone())),
        (l.t("事项", "Matter"), item.map(|item| item.name.clone())),
        (l.t("受理时间", "Received"), state.received_at.map(|at| times.full(at))),
        (l.t("承办单位", "Unit"), state.lead.as_ref().map(|unit| words::unit(&rules.org, unit, l))),
    ];
    about.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

fn fields(visit: &Visit, input: &Input) -> Vec<Field> {
    let l = visit.lang;
    let typed = |name: &str| input.get(name).cloned().unwrap_or_default();
    let grades = vec![
        option("satisfied", l.t("满意", "Satisfied")),
        option("fairly_satisfied", l.t("基本满意", "Fairly satisfied")),
        option("dissatisfied", l.t("不满意", "Not satisfied")),
        option("no_answer", l.t("不评价", "Would rather not say")),
    ];
    vec![
        Field::choice(
            "contacted",
            l.t("承办单位联系过您吗？", "Has the unit been in touch with you?"),
            yes_no(l),
        )
        .required()
        .value(typed("contacted")),
        Field::choice("solved", l.t("问题解决了吗？", "Is the matter solved?"), yes_no(l))
            .required()
            .value(typed("solved")),
        Field::choice("satisfaction", l.t("您对办理满意吗？", "Are you satisfied?"), grades)
            .required()
            .value(typed("satisfaction")),
        Field::area("remark", l.t("还想说的（可不填）", "Anything else (may stay empty)"))
            .hint(
                l.t(
                    "请不要写姓名、电话；一千字以内",
                    "No names or numbers, please; 1,000 characters at most",
                ),
            )
            .value(typed("remark")),
    ]
}
