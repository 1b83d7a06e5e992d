//! What an account may see and do: the one place that decides, for pages, API, live feed and counts.

use domain::case::admissible::Kind;
use domain::notify::Who;
use domain::org::Org;
use projections::{CaseRow, Paper, Scope};

use super::{Account, Role};

/// Something that an account wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// A command to a case.
    Case(Kind),
    /// Take in complaints of other systems, by the API.
    Intake,
    /// Register a complaint by hand.
    Register,
    /// See the queue of cases without item or place.
    Triage,
    /// See the supervisor's desk.
    Desk,
    /// See what the bus could not take.
    DeadLetters,
    /// Open such a message, which holds what a resident wrote; mend, replay, discard it.
    OpenDeadLetter,
    /// Read the program's own figures.
    Metrics,
    /// See messages that could not be delivered, and have them sent again.
    Notifications,
    /// See the rules, take revised ones into force, apply them to open cases.
    Rules,
}

/// An account that signed in, with what it may see.
#[derive(Debug, Clone)]
pub struct Reader {
    /// Who.
    pub account: Account,
    scope: Scope,
}

impl Reader {
    /// Derives the scope from the account's unit: the root of the tree sees all, also what has no
    /// place yet; a unit sees its subtree; a unit that is not in the tree sees nothing.
    pub fn new(account: Account, org: &Org) -> Reader {
        let scope = match org.unit(&account.unit) {
            Some(unit) if unit.parent.is_none() => Scope::All,
            Some(unit) => Scope::Within(unit.path.clone()),
            None => Scope::Within("/nowhere/".to_owned()),
        };
        Reader { account, scope }
    }

    /// For every question to the views.
    pub fn scope(&self) -> Scope {
        self.scope.clone()
    }

    /// Who asks what there is for them.
    pub fn who(&self) -> Who {
        let account = &self.account;
        let (name, unit, role) = (account.name.clone(), account.unit.clone(), account.role.as_str());
        Who { account: name, unit, role: role.to_owned() }
    }

    /// Whether this case is in scope: of the reader's area, or its unit is called for it just now.
    pub fn sees(&self, row: &CaseRow) -> bool {
        self.has_in_area(row) || self.is_called(row)
    }

    /// Whether this case is one of the reader's area.
    pub fn has_in_area(&self, row: &CaseRow) -> bool {
        within(&self.scope, &row.scope_path) && !self.is_barred(row)
    }

    /// Whether a unit of the reader's area is called for this case, or has a part of it, that is not over.
    fn is_called(&self, row: &CaseRow) -> bool {
        row.life.is_open()
            && !self.is_barred(row)
            && (row.legs.iter().any(|leg| leg.phase.is_open() && within(&self.scope, &leg.path))
                || row.parts.iter().any(|part| part.phase.is_open() && within(&self.scope, &part.path)))
    }

    /// Whether the reader's own unit has, or had, a leg of this case: its own leg it may always speak of.
    pub fn has_leg(&self, row: &CaseRow) -> bool {
        !self.is_barred(row) && row.legs.iter().any(|leg| leg.unit == self.account.unit)
    }

    /// Whether the reader's own unit has, or had, a part of this case.
    pub fn has_part(&self, row: &CaseRow) -> bool {
        !self.is_barred(row) && row.parts.iter().any(|part| part.unit == self.account.unit)
    }

    /// Whether the reader's own unit has to reply to an order or a notice about this case: that it may,
    /// whoever has the case now.
    pub fn has_paper(&self, row: &CaseRow) -> bool {
        let owes = |paper: &Paper| paper.unit == self.account.unit && paper.state.is_units();
        !self.is_barred(row) && row.papers.iter().any(owes)
    }

    /// A unit that is accused, or one under it: the row's own path is cut off above it, and this says it again.
    fn is_barred(&self, row: &CaseRow) -> bool {
        match &self.scope {
            Scope::All => false,
            Scope::Within(path) => row.barred.iter().any(|unit| path.contains(&format!("/{unit}/"))),
        }
    }

    /// Whether the role is there for this at all, whatever the case.
    pub fn may_ever(&self, action: Action) -> bool {
        use Role::{Admin, Dispatcher, Handler, Supervisor};
        let roles: &[Role] = match action {
            Action::Case(kind) => roles(kind),
            Action::Intake => &[Dispatcher],
            Action::Register => &[Handler, Dispatcher, Supervisor],
            Action::Triage => &[Dispatcher, Supervisor, Admin],
            Action::Desk => &[Dispatcher, Supervisor, Admin],
            Action::DeadLetters => &[Supervisor, Admin],
            Action::OpenDeadLetter | Action::Metrics | Action::Rules | Action::Notifications => &[Admin],
        };
        // Nobody knows whom a message accuses that could not be read: it is for those who see everything.
        let everywhere =
            matches!(action, Action::DeadLetters | Action::OpenDeadLetter | Action::Notifications);
        roles.contains(&self.account.role) && (!everywhere || self.scope == Scope::All)
    }

    /// Whether this may be done with this case. Whether it may be done *now* is the rules' matter.
    pub fn may(&self, action: Action, row: &CaseRow) -> bool {
        if let Action::Case(kind) = action
            && let Some(allowed) = self
                .may_on_a_whistle(kind, row)
                .or_else(|| self.may_on_a_part(kind, row))
                .or_else(|| self.may_on_supervision(kind, row))
        {
            return allowed && self.may_ever(action);
        }
        if !self.sees(row) || !self.may_ever(action) {
            return false;
        }
        let own_unit = Some(&self.account.unit);
        let answers = row.lead.as_ref() == own_unit || row.responsible.as_ref() == own_unit;
        // Said by a unit that has a part, these words are about it.
        let works = answers || self.has_part(row);
        match (action, self.account.role) {
            (Action::Case(Kind::Sign | Kind::SubmitResult), _) => works,
            (Action::Case(Kind::Contact), _) => answers,
            // For the lead only: the superior has it because time ran out, not because it was sent there.
            (Action::Case(Kind::RequestReturn), _) => row.lead.as_ref() == own_unit || self.has_part(row),
            (Action::Case(Kind::RaiseObjection), _) => row.lead.as_ref() == own_unit,
            (Action::Case(Kind::RequestExtension | Kind::ApplySuspension), _) => answers,
            (Action::Case(Kind::ClaimTask | Kind::DelegateTask | Kind::AmendReply), _) => answers,
            (Action::Case(Kind::Deescalate | Kind::ReleaseClaim), Role::Handler) => answers,
            (Action::Case(Kind::Escalate | Kind::ApplyExclusion | Kind::AppealExclusion), Role::Handler)
            | (Action::Case(Kind::CloseOnSpot), _) => answers,
            // The handler calls the reporter back, unless the reporter asked not to be named to it.
            (Action::Case(Kind::RevealReporter | Kind::RequestReveal), Role::Handler) => {
                answers && !row.confidential
            }
            _ => true,
        }
    }

    /// What is said on a part depends on whose it is, and who gave it; none for all else.
    fn may_on_a_part(&self, kind: Kind, row: &CaseRow) -> Option<bool> {
        let own = Some(&self.account.unit);
        let answers = self.sees(row) && (row.lead.as_ref() == own || row.responsible.as_ref() == own);
        Some(match kind {
            Kind::AddCoUnit => self.has_in_area(row),
            Kind::SubDispatch | Kind::ExplainPart => answers,
            Kind::SignPart | Kind::FinishPart | Kind::RequestRelease => self.has_part(row),
            Kind::DecideRelease | Kind::TakeBackPart if self.account.role == Role::Handler => answers,
            Kind::DecideRelease | Kind::TakeBackPart => self.has_in_area(row),
            _ => return None,
        })
    }

    /// The team supervises what lies in its area; a unit speaks of what was asked of it.
    fn may_on_supervision(&self, kind: Kind, row: &CaseRow) -> Option<bool> {
        let own = Some(&self.account.unit);
        Some(match kind {
            Kind::ReplySupervision | Kind::ReplyNotice | Kind::GiveReason => {
                let answers = row.lead.as_ref() == own || row.responsible.as_ref() == own;
                (self.sees(row) && answers) || (kind != Kind::GiveReason && self.has_paper(row))
            }
            Kind::Urge
            | Kind::SendWrittenUrge
            | Kind::IssueSupervision
            | Kind::CheckSupervision
            | Kind::CloseSupervision
            | Kind::JudgeReason
            | Kind::DraftNotice
            | Kind::EditNotice
            | Kind::ApproveNotice
            | Kind::CorrectNotice
            | Kind::WithdrawNotice
            | Kind::ListSupervision
            | Kind::RecordInterview => self.has_in_area(row),
            _ => return None,
        })
    }

    /// What is said on a whistle depends on the side that one's own unit is on; none for all else.
    fn may_on_a_whistle(&self, kind: Kind, row: &CaseRow) -> Option<bool> {
        let own = &self.account.unit;
        let answers = row.lead.as_ref() == Some(own) || row.responsible.as_ref() == Some(own);
        let sounded = row.legs.iter().any(|leg| leg.sounder == *own);
        Some(match kind {
            Kind::SoundWhistle => answers,
            Kind::StandDown => answers || sounded,
            Kind::ApproveWhistle => row.whistle_waits_for.as_ref() == Some(own),
            Kind::RespondWhistle | Kind::ArriveOnSite | Kind::DeclineWhistle | Kind::FinishLeg => {
                self.has_leg(row)
            }
            Kind::RateWhistle => self.has_leg(row) || sounded,
            Kind::AdjudicateDecline => self.has_in_area(row),
            _ => return None,
        })
    }
}

/// Whether this path lies in a scope.
fn within(scope: &Scope, path: &str) -> bool {
    match scope {
        Scope::All => true,
        Scope::Within(area) => path.starts_with(area.as_str()),
    }
}

fn roles(kind: Kind) -> &'static [Role] {
    use Role::{Dispatcher, Handler, Supervisor};
    match kind {
        Kind::Sign | Kind::Contact | Kind::SubmitResult => &[Handler],
        Kind::Classify | Kind::Dispatch => &[Dispatcher],
        Kind::BarUnit | Kind::LinkDuplicate | Kind::MergeInto | Kind::Unmerge => &[Dispatcher, Supervisor],
        Kind::AnswerDirectly
        | Kind::Decline
        | Kind::TransferOut
        | Kind::AskComplainant
        | Kind::SupplyInfo => &[Dispatcher],
        Kind::CloseOnSpot => &[Handler],
        Kind::RequestVoid | Kind::DecideVoid => &[Dispatcher, Supervisor],
        Kind::ApplyExclusion | Kind::AppealExclusion => &[Handler, Dispatcher, Supervisor],
        Kind::DecideExclusion | Kind::DecideReveal => &[Supervisor],
        Kind::RequestReveal => &[Handler, Dispatcher, Supervisor],
        Kind::Archive => &[Supervisor, Role::Admin],
        Kind::Extend | Kind::Suspend | Kind::Resume => &[Dispatcher, Supervisor],
        Kind::Escalate => &[Handler, Dispatcher, Supervisor],
        Kind::Verify | Kind::RecordCallback | Kind::AttemptCallback => &[Supervisor],
        Kind::Close | Kind::Reopen => &[Supervisor],
        Kind::RevealReporter | Kind::AttachEvidence => &[Handler, Dispatcher, Supervisor],
        Kind::SoundWhistle | Kind::StandDown | Kind::RateWhistle => &[Handler, Dispatcher, Supervisor],
        Kind::ApproveWhistle => &[Dispatcher, Supervisor],
        Kind::RespondWhistle | Kind::ArriveOnSite | Kind::DeclineWhistle | Kind::FinishLeg => &[Handler],
        Kind::AdjudicateDecline => &[Supervisor],
        Kind::RequestReturn | Kind::RaiseObjection => &[Handler],
        Kind::RequestExtension | Kind::ApplySuspension => &[Handler],
        Kind::ClaimTask | Kind::DelegateTask | Kind::AmendReply => &[Handler],
        Kind::Deescalate | Kind::ReleaseClaim => &[Handler, Dispatcher, Supervisor],
        Kind::ApproveReturn | Kind::RejectReturn => &[Dispatcher],
        Kind::Adjudicate | Kind::DesignateFinal => &[Dispatcher, Supervisor],
        Kind::ApproveExtension | Kind::RefuseExtension => &[Dispatcher, Supervisor],
        Kind::ApproveSuspension | Kind::RefuseSuspension => &[Dispatcher, Supervisor],
        Kind::AddCoUnit => &[Dispatcher, Supervisor],
        Kind::SubDispatch | Kind::ExplainPart => &[Handler, Dispatcher, Supervisor],
        Kind::SignPart | Kind::FinishPart | Kind::RequestRelease => &[Handler],
        Kind::DecideRelease | Kind::TakeBackPart => &[Handler, Dispatcher, Supervisor],
        Kind::ReplySupervision | Kind::ReplyNotice | Kind::GiveReason => &[Handler],
        Kind::Urge | Kind::SendWrittenUrge => &[Dispatcher, Supervisor],
        Kind::IssueSupervision
        | Kind::CheckSupervision
        | Kind::CloseSupervision
        | Kind::JudgeReason
        | Kind::DraftNotice
        | Kind::EditNotice
        | Kind::ApproveNotice
        | Kind::CorrectNotice
        | Kind::WithdrawNotice
        | Kind::ListSupervision
        | Kind::RecordInterview => &[Supervisor],
        // What comes from outside or from the clock has doors of its own.
        Kind::Register | Kind::Supplement | Kind::PassDeadline | Kind::Revise => &[],
        Kind::Withdraw | Kind::Rate | Kind::SetOutsideDue | Kind::DecideOutside | Kind::FollowMain => &[],
    }
}

#[cfg(test)]
mod specs {
    use super::*;
    use domain::ids::UnitId;

    const COMMUNITY: &str = "320506001012";

    fn reader(role: Role, unit: &str) -> Reader {
        let org = domain::sample::rulebook().unwrap().org;
        let account = Account { name: "a".into(), display: "A".into(), role, unit: UnitId::new(unit) };
        Reader::new(account, &org)
    }

    fn row() -> CaseRow {
        CaseRow {
            lead: Some(UnitId::new(COMMUNITY)),
            scope_path: "/320506/320506001/S-320506001-01/320506001012/".into(),
            ..CaseRow::default()
        }
    }

    #[test]
    fn a_unit_sees_its_subtree_and_the_root_sees_what_has_no_place() {
        let placeless = CaseRow::default();
        assert!(reader(Role::Supervisor, "320506").sees(&placeless));
        assert!(!reader(Role::Supervisor, "320506001").sees(&placeless));
        assert!(reader(Role::Supervisor, "320506001").sees(&row()));
        assert!(!reader(Role::Supervisor, "320506002").sees(&row()));
        assert!(!reader(Role::Supervisor, "no-such-unit").sees(&row()));
    }

    #[test]
    fn only_the_units_own_handler_works_on_a_case_and_never_judges_it() {
        let sign = Action::Case(Kind::Sign);
        assert!(reader(Role::Handler, COMMUNITY).may(sign, &row()));
        assert!(!reader(Role::Handler, "320506001").may(sign, &row()), "sees it, is not its unit");
        assert!(!reader(Role::Supervisor, COMMUNITY).may(sign, &row()));
        assert!(!reader(Role::Handler, COMMUNITY).may(Action::Case(Kind::Verify), &row()));
    }

    #[test]
    fn a_confidential_reporter_is_not_revealed_to_the_handler() {
        let reveal = Action::Case(Kind::RevealReporter);
        let confidential = CaseRow { confidential: true, ..row() };
        assert!(reader(Role::Handler, COMMUNITY).may(reveal, &row()));
        assert!(!reader(Role::Handler, COMMUNITY).may(reveal, &confidential));
        assert!(reader(Role::Supervisor, "320506001").may(reveal, &confidential));
    }

    #[test]
    fn nobody_registers_or_passes_deadlines_through_the_case_door() {
        for role in Role::ALL {
            for kind in [Kind::Register, Kind::Supplement, Kind::PassDeadline] {
                assert!(!reader(role, "320506").may(Action::Case(kind), &row()));
            }
        }
    }
}
