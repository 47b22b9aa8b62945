/*
 * A member: docs/membership.md, "Settlement", "A member's session"; src/Communicator/MembershipFlow.cs and Operations/,
 * src/Membership/Session/SessionState.cs. What it says to its coordinator arrives within the step; what it is told waits in
 * its queue.
 */

#define ME       m[i]
#define OP       m[i].op[o]

/*
 * Every end is compared with all others: all or nothing, with the same participants and the same bits. Members that were
 * lost by the run that it ended in have been evicted, though they may not know yet: they may fail it, but not end it well.
 */
inline checkEnd(i, o) {
    for (x : 0 .. N - 1) {
        assert(!(OP.life == good && m[x].op[o].life == good && (OP.value != m[x].op[o].value || OP.part != m[x].op[o].part)));
        assert(!(OP.life == good && m[x].op[o].life == failed && HAS(OP.roster, x)));
        assert(!(OP.life == failed && m[x].op[o].life == good && HAS(m[x].op[o].roster, i)))
    }
    /* A result is made of inputs, each of them once; and after an error the input is as it was. */
    assert(OP.life != good || OP.value == OP.part);
    assert(OP.life != failed || OP.input == BIT(i))
}

/* Part of no later decision any more; kept equal, so that fewer states differ. */
inline forget(i, o) {
    OP.frozen = 0;
    OP.whole = 0;
    OP.forward = 0;
    OP.hasRun = 0
}

inline endWell(i, o) {
    OP.life = good;
    forget(i, o);
    checkEnd(i, o)
}

inline fail(i, o) {
    OP.life = failed;
    putBack(i, o);
    forget(i, o);
    OP.value = 0;
    checkEnd(i, o)
}

inline putBack(i, o) {
#ifndef RERUN_FROM_THE_BUFFER
    OP.input = BIT(i)
#else
    skip
#endif
}

/* Runs from the input. What it contributes is on its way to the others. */
inline start(i, o, into, among) {
    OP.epoch = into;
    OP.roster = among;
    OP.part = among;
    OP.frozen = 0;
    OP.whole = 0;
    OP.forward = 0;
    OP.hasRun = 1;
    OP.value = 0;
    sent[o].began[into] = sent[o].began[into] | BIT(i);
    sent[o].inputs[into] = sent[o].inputs[into] | OP.input
}

inline sayDone(i, o) {
    assert(sent[o].done[OP.epoch] == 0 || sent[o].result[OP.epoch] == OP.value);
    sent[o].result[OP.epoch] = OP.value;
    sent[o].done[OP.epoch] = sent[o].done[OP.epoch] | BIT(i)
}

inline enter(i, into, among) {
    ME.epoch = into;
    ME.roster = among;
    ME.frozen = 0;
    assert(rosterOf[into] == 0 || rosterOf[into] == ME.roster);   /* a number is given out once */
    rosterOf[into] = ME.roster
}

inline breakSession(i) {
    m[i].session = 0;
    do
    :: nempty(down[i]) -> down[i]?_, _, _, _, _, _
    :: empty(down[i]) -> break
    od
}

inline close(i) {
    breakSession(i);
    ME.out = 1;
    ME.asksUpdate = 0;
    for (y : 0 .. OPERATIONS - 1) {
        if
        :: ME.op[y].life == open -> ME.op[y].life = shut
        :: else
        fi
    }
}

inline askForUpdate(i) {
    ME.asksUpdate = 1;
    if
    :: ME.session != 0 -> takeUpdate((ME.session - 1), i)
    :: else
    fi
}

inline hearSettle(i, number) {
    printf("%d hears Settle %d\n", i, number);
    if
    :: number > ME.highest -> ME.highest = number
    :: else
    fi;
    ME.standsStill = 1;
    if
    :: ME.epoch != 0 && number > ME.epoch ->
        ME.frozen = number;
        e1 = 0; e2 = 0; e3 = 0; u = 0;
        for (y : 0 .. OPERATIONS - 1) {
            if
            :: ME.op[y].life == open ->
                if
                :: ME.op[y].frozen == 0 && ME.op[y].hasRun && !ME.op[y].whole && !ME.op[y].forward ->
                    /* In place, and all that could be reduced into the buffer has been. */
                    ME.op[y].input = sent[y].inputs[ME.op[y].epoch] | BIT(i)
                :: else
                fi;
                ME.op[y].frozen = number;
                u = u | BIT(y);
                if
                :: ME.op[y].whole -> e1 = e1 | BIT(y)
                :: !ME.op[y].whole && HAS(ERROR_ON_LOSS, i) -> e2 = e2 | BIT(y)
                :: else
                fi
            :: (ME.op[y].life == failed || ME.op[y].life == doomed) && ME.op[y].origin == ME.origin -> e3 = e3 | BIT(y)
            :: else
            fi
        }
        takeSettled((ME.session - 1), i, number, e1, e2, e3, u)
    :: else
    fi
}

inline hearVerdict(i, number, after, losses_, forwards_, fails_) {
    printf("%d hears Verdict %d, lost %d, forward %d, fail %d\n", i, number, losses_, forwards_, fails_);
    ME.standsStill = 0;
    ME.presents = number;
    ME.asksUpdate = 0;
    if
    :: ME.epoch != 0 && number > ME.epoch ->
        assert(after == ME.epoch);   /* at most one epoch behind */
        ME.previous = after;
        ME.before = ME.roster;
        ME.byVerdict = 1;
        ME.losses = losses_;
        ME.forwards = forwards_;
        ME.fails = fails_;
        enter(i, number, (ME.roster & ~ME.losses));
        for (y : 0 .. OPERATIONS - 1) {
            if
            :: HAS(ME.fails, y) && ME.op[y].life == uncalled && ME.op[y].origin == ME.origin -> ME.op[y].life = doomed
            :: ME.op[y].life == open ->
                if
                :: HAS(ME.fails, y) -> fail(i, y)
                :: !HAS(ME.fails, y) && HAS(ME.forwards, y) ->
                    ME.op[y].epoch = number;
                    ME.op[y].roster = ME.op[y].roster & ~ME.losses;
                    ME.op[y].frozen = 0;
                    ME.op[y].forward = 1;
                    if
                    :: ME.op[y].whole -> sayDone(i, y)
                    :: else
                    fi
                :: else ->
                    putBack(i, y);
                    start(i, y, number, (ME.op[y].roster & ~ME.losses))
                fi
            :: else
            fi
        }
        if
        :: ME.update == 1 -> askForUpdate(i)
        :: else
        fi
    :: else
    fi
}

inline hearForm(i, number, repeated, among) {
    printf("%d hears Form %d of %d\n", i, number, among);
    if
    :: number > ME.highest -> ME.highest = number
    :: else
    fi;
    ME.forming = number;
    ME.formingRoster = among;
    if
    :: !repeated && (ME.formingRoster & ~alive()) == 0 -> takeReady((ME.session - 1), i, number)
    :: else
    fi
}

inline hearActivate(i, number, after, among, before_) {
    printf("%d hears Activate %d\n", i, number);
    flag = 1;
    ME.presents = number;
    ME.asksUpdate = 0;
    if
    :: ME.forming == number ->
        ME.standsStill = 0;
        assert(after == ME.epoch || ME.epoch == 0);
        ME.previous = after;
        ME.before = before_;
        ME.byVerdict = 0;
        ME.losses = 0;
        ME.forwards = 0;
        ME.fails = 0;
        ME.origin = number;
        ME.unchanged = 0;
        assert(ME.formingRoster == among);
        enter(i, number, ME.formingRoster);
        ME.forming = 0;
        ME.formingRoster = 0;
        flag = 0;
        if
        :: ME.update == 0 && ME.op[0].life == uncalled -> ME.op[0].origin = number
        :: else
        fi;
        if
        :: ME.op[1].life == uncalled -> ME.op[1].origin = number
        :: else
        fi
    :: else
    fi;
    if
    :: ME.update == 1 ->
        ME.update = 2;
        ME.unchanged = flag;
        ME.op[1].origin = ME.origin
    :: else
    fi
}

inline hear(i) {
    if
    :: down[i]?Settle(a, _, _, _, _) -> hearSettle(i, a)
    :: down[i]?Verdict(a, b, d, e, f) -> hearVerdict(i, a, b, d, e, f)
    :: down[i]?Form(a, b, d, _, _) -> hearForm(i, a, b, d)
    :: down[i]?Activate(a, b, d, e, _) -> hearActivate(i, a, b, d, e)
    :: down[i]?Recall(_, _, _, _, _) -> printf("%d hears Recall, answers %d\n", i, ME.epoch); takeRecalled((ME.session - 1), i)
    :: down[i]?Evicted(_, _, _, _, _) -> printf("%d hears that it is evicted\n", i); close(i)
    :: down[i]?Refused(_, _, _, _, _) -> printf("%d is sent on\n", i);
        a = ME.session % COORDINATORS;
        breakSession(i);
        ME.dials = a
    fi
}

/* Its own steps with an operation. */

inline call(i, o) {
    if
    :: OP.life == doomed -> fail(i, o)
    :: else ->
        OP.life = open;
        OP.origin = ME.origin;
        if
        :: ME.frozen == 0 -> start(i, o, ME.epoch, ME.roster)
        :: else ->
            OP.epoch = ME.epoch;
            OP.roster = ME.roster;
            OP.frozen = ME.frozen
        fi
    fi
}

#define OTHERS        (OP.roster & ~BIT(i))
#define RUNS          (OP.life == open && OP.frozen == 0)
#define SAID_BY_ALL   ((OTHERS & ~sent[o].done[OP.epoch]) == 0)

/* All contributions have come; or it goes forward, and somebody has offered the result. */
#ifdef FROZEN_GOES_ON
#define MAY_COMPLETE  (OP.life == open && OP.hasRun)
#else
#define MAY_COMPLETE  (RUNS && OP.hasRun)
#endif
#define CAN_BE_WHOLE  (MAY_COMPLETE && !OP.whole \
                       && ((!OP.forward && (OP.roster & ~sent[o].began[OP.epoch]) == 0) \
                           || (OP.forward && (sent[o].done[OP.epoch] & OTHERS) != 0)))

inline becomeWhole(i, o) {
    OP.whole = 1;
    if
    :: !OP.forward -> OP.value = sent[o].inputs[OP.epoch]
    :: else -> OP.value = sent[o].result[OP.epoch]
    fi;
    OP.input = BIT(i);   /* kept aside; it is looked at again after a PutBack only */
#ifdef RERUN_FROM_THE_BUFFER
    OP.input = OP.value;
#endif
    sayDone(i, o)
}

#ifdef COMMIT_WITHOUT_ALL_DONE
#define CAN_END       (OP.life == open && OP.whole)
#else
#define CAN_END       (OP.life == open && OP.whole && SAID_BY_ALL)
#endif

/*
 * Members of the active epoch were in the run that it ended in, since rosters only shrink while an operation lives. A run older
 * than that is not answered: it had members that this one did without, and the link to such a member may still be up for an epoch
 * that forms.
 */
#ifdef ANSWER_OLDER_RUNS
#define IS_ANSWERED(j) HAS(m[j].roster | m[j].formingRoster, i)
#else
#define IS_ANSWERED(j) HAS(m[j].roster, i)
#endif
#define ENDED_WELL(j) (HAS(OTHERS, j) && m[j].alive && m[j].op[o].life == good && IS_ANSWERED(j))
#define GAVE_UP(j)    (HAS(OTHERS, j) && m[j].alive && !m[j].out && m[j].op[o].life == failed)
/* It was closed with the operation in flight, and this member's done came to it afterwards. */
#define CLOSED(j)     (HAS(OTHERS, j) && m[j].alive && m[j].op[o].life == shut)
#ifdef NO_ANSWER_TO_LATE_DONE
#define HEARS_END     0
#else
#define HEARS_END     (RUNS && OP.whole && ANY(ENDED_WELL))
#endif

#ifdef CLOSED_ANSWERS
#define HEARS_GIVE_UP (RUNS && (ANY(GAVE_UP) || (OP.whole && ANY(CLOSED))))
#else
#define HEARS_GIVE_UP (RUNS && ANY(GAVE_UP))
#endif

#ifdef GIVE_UP_WHOLE
#define MAY_GIVE_UP   (RUNS && OP.hasRun)
#else
#define MAY_GIVE_UP   (RUNS && OP.hasRun && !OP.whole)
#endif
