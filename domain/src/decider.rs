//! The whole idea of an aggregate: decide, evolve, and a state that starts empty.

/// A pure aggregate. The engine loads, folds, decides and appends; this only judges.
pub trait Decider {
    /// What somebody wants.
    type Command;
    /// What happened.
    type Event;
    /// What is known from the events so far.
    type State: Default + Clone;
    /// Time, actor and rules, as arguments.
    type Context<'a>;
    /// Why not.
    type Rejection;

    /// Judges a command. No events means: already so, nothing to do.
    ///
    /// # Errors
    /// The one reason for which the command is refused.
    fn decide(
        state: &Self::State,
        command: &Self::Command,
        context: &Self::Context<'_>,
    ) -> Result<Vec<Self::Event>, Self::Rejection>;

    /// Takes one event into the state. Never fails: what is in the log has happened.
    fn evolve(state: &mut Self::State, event: &Self::Event);
}

/// Folds events over the empty state.
pub fn fold<'e, D: Decider>(events: impl IntoIterator<Item = &'e D::Event>) -> D::State
where
    D::Event: 'e,
{
    let mut state = D::State::default();
    for event in events {
        D::evolve(&mut state, event);
    }
    state
}
