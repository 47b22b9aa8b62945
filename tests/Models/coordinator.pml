/*
 * A coordinator: docs/membership.md, "A group", "Settlement", "Recovery"; src/Membership/Coordination/. All of it runs
 * within the step of the one that brings the event. c is the coordinator, i a member.
 */

inline send(c, to, Kind, A, B, D, E, F) {
    if
    :: m[to].alive && m[to].session == c + 1 ->
        assert(len(down[to]) < QUEUE);
        down[to]!Kind(A, B, D, E, F)
    :: else
    fi
}

inline sendActive(c, Kind, A, B, D, E, F) {
    for (x : 0 .. N - 1) {
        if
        :: HAS(k[c].left, x) -> send(c, x, Kind, A, B, D, E, F)
        :: else
        fi
    }
}

/* What made its active epoch that. A member that is told of an epoch by Activate must have heard its Form. */
inline sendBeginning(c, to) {
    if
    :: k[c].byVerdict -> send(c, to, Verdict, k[c].leads, k[c].previous, k[c].losses, k[c].forwards, k[c].fails)
    :: else ->
#ifndef ACTIVATE_WITHOUT_FORM
        send(c, to, Form, k[c].leads, 1, k[c].world, k[c].before, 0);
#endif
        send(c, to, Activate, k[c].leads, k[c].previous, k[c].world, k[c].before, 0)
    fi
}

inline ask(c, losses) {
    k[c].last++;
    k[c].settling = k[c].last;
    printf("%c asks: settling %d as %d, left %d, lost %d\n", 65 + c, k[c].leads, k[c].settling, k[c].left, losses);
    assert(k[c].last < EPOCHS);
    k[c].lost = losses;
    k[c].answered = 0;
    k[c].whole = 0;
    k[c].unrepeatable = 0;
    k[c].givenUp = 0;
    k[c].inFlight = 0;
    k[c].stalled = 0;
    sendActive(c, Settle, k[c].settling, 0, 0, 0, 0)
}

inline clearAccount(c) {
    k[c].accEpoch = 0;
    k[c].accWorld = 0;
    k[c].accPrevious = 0;
    k[c].accBefore = 0;
    k[c].accByVerdict = 0;
    k[c].accLosses = 0;
    k[c].accForwards = 0;
    k[c].accFails = 0
}

inline stopForming(c) {
    k[c].pending = k[c].pending | (k[c].formingLeft & k[c].joining);
    k[c].joining = 0;
    k[c].forming = 0;
    k[c].formingLeft = 0;
    k[c].ready = 0
}

inline endSettling(c) {
    k[c].settling = 0;
    k[c].lost = 0;
    k[c].answered = 0;
    k[c].whole = 0;
    k[c].unrepeatable = 0;
    k[c].givenUp = 0;
    k[c].inFlight = 0;
    k[c].stalled = 0
}

inline endActive(c) {
    if
    :: k[c].leads > k[c].led -> k[c].led = k[c].leads
    :: else
    fi;
    k[c].leads = 0;
    k[c].world = 0;
    k[c].left = 0;
    k[c].previous = 0;
    k[c].before = 0;
    k[c].heard = 0;
    k[c].byVerdict = 0;
    k[c].losses = 0;
    k[c].forwards = 0;
    k[c].fails = 0;
    k[c].hasFailures = 0;
    k[c].updated = 0;
    k[c].unchanged = 0;
    k[c].followed = 0;
    k[c].mayDropAbsent = 0;
    k[c].interrupted = 0;
    k[c].newcomers = 0;
    endSettling(c)
}

inline form(c, members_) {
    k[c].last++;
    assert(k[c].last < EPOCHS);
    k[c].forming = k[c].last;
    k[c].formingLeft = members_;
    k[c].ready = 0;
    k[c].joining = k[c].pending & k[c].formingLeft;
    k[c].pending = k[c].pending & ~k[c].formingLeft;
    for (x : 0 .. N - 1) {
        if
        :: HAS(k[c].formingLeft, x) -> send(c, x, Form, k[c].forming, 0, k[c].formingLeft, k[c].left, 0)
        :: else
        fi
    }
}

inline gather(c) {
    if
    :: k[c].leads == 0 && k[c].forming == 0 && k[c].returning == 0 && k[c].unfinished == 0 &&
       k[c].pending != 0 && COUNT(k[c].pending) >= MIN_MEMBERS -> form(c, k[c].pending)
    :: else
    fi
}

inline reform(c) {
    if
    :: k[c].leads != 0 -> z = k[c].formingLeft; form(c, z)
    :: else ->
        stopForming(c);
        gather(c)
    fi
}

inline settle(c, losses) {
    if
    :: k[c].forming != 0 ->
        k[c].interrupted = 1;
        k[c].newcomers = k[c].formingLeft & k[c].joining;
        stopForming(c)
    :: else
    fi;
    ask(c, (k[c].lost | (losses)))
}

/* All its members are lost, by the word of this coordinator; but they may come back. */
inline remember(c) {
#ifndef FORGET_LAST_LED
    k[c].remEpoch = k[c].leads;
    k[c].remWorld = k[c].world;
    k[c].remPrevious = k[c].previous;
    k[c].remBefore = k[c].before;
    k[c].remByVerdict = k[c].byVerdict;
    k[c].remLosses = k[c].losses;
    k[c].remForwards = k[c].forwards;
    k[c].remFails = k[c].fails
#else
    skip
#endif
}

inline unremember(c) {
    k[c].remEpoch = 0;
    k[c].remWorld = 0;
    k[c].remPrevious = 0;
    k[c].remBefore = 0;
    k[c].remByVerdict = 0;
    k[c].remLosses = 0;
    k[c].remForwards = 0;
    k[c].remFails = 0
}

/* Withdraw a claim. */
inline withdraw(c, i) {
    if
    :: k[c].asked == (i) + 1 -> k[c].asked = 0
    :: else
    fi;
    k[c].claims[i] = 0;
    k[c].early = k[c].early & ~BIT(i);
    k[c].returning = k[c].returning & ~BIT(i);
    findHighest(c);
    if
    :: k[c].accEpoch != n -> clearAccount(c)
    :: else
    fi
}

/* n: the highest claim; w: a member that claims it. */
inline findHighest(c) {
    n = 0;
    for (y : 0 .. N - 1) {
        if
        :: k[c].claims[y] > n -> n = k[c].claims[y]; w = y
        :: else
        fi
    }
    if
    :: n != 0 && n < k[c].remEpoch -> n = k[c].remEpoch
    :: else
    fi
}

inline removeMembers(c, gone) {
    u = (gone) & k[c].members;
    k[c].members = k[c].members & ~u;
    k[c].here = k[c].here & ~u;
    k[c].pending = k[c].pending & ~u;
    k[c].joining = k[c].joining & ~u;
    k[c].standing = k[c].standing & ~u;
    for (z : 0 .. N - 1) {
        if
        :: HAS(u, z) && HAS(k[c].returning, z) -> withdraw(c, z)
        :: else
        fi
    }
    flag = (k[c].forming != 0 && (k[c].formingLeft & u) != 0);
    k[c].formingLeft = k[c].formingLeft & ~u;
    k[c].ready = k[c].ready & ~u;
    v = k[c].left & u;
    k[c].left = k[c].left & ~u;
    k[c].updated = k[c].updated & ~u;
    if
    :: k[c].leads != 0 && k[c].left == 0 -> remember(c); endActive(c)
    :: else
    fi;
    if
    :: v != 0 && k[c].leads != 0 -> settle(c, v)
    :: else ->
        if
        :: flag -> reform(c)
        :: else -> gather(c)
        fi
    fi;
    pursue(c)
}

inline takeUp(c) {
    printf("%c takes up epoch %d of %d\n", 65 + c, k[c].accEpoch, k[c].accWorld);
    /* Some of its members may have been asked from here how far they came, in the epoch before. */
    flag = (k[c].settling != 0);
    for (x : 0 .. N - 1) {
        if
        :: HAS(k[c].accWorld & k[c].standing, x) && k[c].claims[x] == k[c].accEpoch -> flag = 1
        :: else
        fi
    }
    k[c].unfinished = 0;
    unremember(c);
    if
    :: k[c].forming != 0 -> stopForming(c)
    :: else
    fi;
    z = k[c].left;                      /* active in the epoch that this coordinator has led */
    endActive(c);
    u = ((z | k[c].returning) & k[c].members) & ~k[c].accWorld;
    k[c].members = (k[c].members & ~u) | k[c].accWorld;
    k[c].pending = k[c].pending & ~k[c].accWorld;
    k[c].returning = 0;
    k[c].asked = 0;
    k[c].leads = k[c].accEpoch;
    k[c].world = k[c].accWorld;
    k[c].left = k[c].accWorld;
    k[c].previous = k[c].accPrevious;
    k[c].before = k[c].accBefore;
    k[c].byVerdict = k[c].accByVerdict;
    k[c].losses = k[c].accLosses;
    k[c].forwards = k[c].accForwards;
    k[c].fails = k[c].accFails;
    k[c].hasFailures = (k[c].fails != 0);
    if
    :: k[c].leads > k[c].last -> k[c].last = k[c].leads
    :: else
    fi;
#ifndef FORGET_WHAT_FOLLOWS
    k[c].followed = (k[c].last > k[c].leads);
#endif
    for (y : 0 .. N - 1) {
        if
        :: HAS(u, y) -> send(c, y, Evicted, 0, 0, 0, 0, 0)
        :: HAS(k[c].world & k[c].here, y) && k[c].claims[y] != k[c].leads -> sendBeginning(c, y)
        :: HAS(k[c].world & k[c].here, y) && k[c].claims[y] == k[c].leads -> k[c].heard = k[c].heard | BIT(y)
        :: else
        fi;
        if
        :: HAS(k[c].world & k[c].here, y) && m[y].unchanged && (k[c].claims[y] == k[c].leads || k[c].byVerdict) -> k[c].unchanged = 1
        :: else
        fi;
        if
        :: HAS(k[c].early & k[c].world, y) && k[c].claims[y] == k[c].leads -> k[c].updated = k[c].updated | BIT(y)
        :: else
        fi;
        k[c].claims[y] = 0
    }
    k[c].early = 0;
    k[c].here = k[c].here & ~u;
    k[c].standing = 0;
    clearAccount(c);
    k[c].mayDropAbsent = ((k[c].here & k[c].world) != k[c].world);
    if
    :: flag -> ask(c, 0)
    :: else
    fi
}

/* Takes the highest epoch up if that is possible, or does the next step towards it. */
inline pursue(c) {
    findHighest(c);
    if
    :: n == 0 -> k[c].asked = 0; clearAccount(c)
    :: else ->
        if
        :: n == k[c].remEpoch ->
            k[c].asked = 0;
            k[c].accEpoch = k[c].remEpoch;
            k[c].accWorld = k[c].remWorld;
            k[c].accPrevious = k[c].remPrevious;
            k[c].accBefore = k[c].remBefore;
            k[c].accByVerdict = k[c].remByVerdict;
            k[c].accLosses = k[c].remLosses;
            k[c].accForwards = k[c].remForwards;
            k[c].accFails = k[c].remFails
        :: n != k[c].remEpoch && (k[c].accEpoch == n || (k[c].asked != 0 && k[c].claims[k[c].asked - 1] == n))
        :: else ->
            clearAccount(c);
            k[c].asked = w + 1;
            send(c, w, Recall, n, 0, 0, 0, 0)
        fi;
        if
#ifdef TAKE_UP_WITHOUT_MAJORITY
        :: k[c].accEpoch != 0 -> takeUp(c)
#else
        :: k[c].accEpoch != 0 && (MORE_THAN_HALF(k[c].here & k[c].members, k[c].accWorld) ||
            (k[c].accEpoch == k[c].remEpoch && COORDINATORS == 1)) -> takeUp(c)
#endif
        :: else
        fi
    fi
}

inline noteNumber(c, number) {
#ifndef FORGET_NUMBERS
    if
    :: number > k[c].last -> k[c].last = number
    :: else
    fi
#else
    skip
#endif
}

inline sendEvicted(c, i) {
    send(c, i, Evicted, 0, 0, 0, 0, 0);
    k[c].here = k[c].here & ~BIT(i)
}

/* Its session is open and it has registered, as one step. */
inline register(c, i) {
    m[i].session = c + 1;
    m[i].dials = 0;
    if
    :: m[i].presents != 0 && k[c].leads != 0 && HAS(k[c].left & ~k[c].returning, i) &&
       (m[i].presents == k[c].leads || m[i].presents == k[c].previous) -> resume(c, i)
    :: else ->
        if
        :: HAS(k[c].members, i) ->
            k[c].here = k[c].here & ~BIT(i);
            if
            :: m[i].presents == 0 || !HAS(k[c].returning, i) -> removeMembers(c, BIT(i))
            :: else
            fi
        :: else
        fi;
        noteNumber(c, m[i].highest);
        if
        :: m[i].presents == 0 -> admit(c, i)
        :: else -> comeBack(c, i)
        fi
    fi
}

inline learn(c, i) {
    if
    :: k[c].leads > m[i].known -> m[i].known = k[c].leads
    :: else
    fi
}

inline resume(c, i) {
    /* Nobody would ever tell it how its operations go on. */
#ifdef LATE_STAND_STILL
    flag = 0;
#else
    flag = (k[c].settling == 0 && m[i].standsStill && m[i].presents == k[c].leads);
#endif
    noteNumber(c, m[i].highest);
    k[c].here = k[c].here | BIT(i);
    learn(c, i);
    if
    :: m[i].presents != k[c].leads -> sendBeginning(c, i)
    :: else -> k[c].heard = k[c].heard | BIT(i)
    fi;
    if
    :: flag -> settle(c, 0)
    :: else -> resumeSettling(c, i)
    fi;
    if
    :: m[i].unchanged && (m[i].presents == k[c].leads || k[c].byVerdict) -> k[c].unchanged = 1
    :: else
    fi;
    if
    :: k[c].forming != 0 && HAS(k[c].formingLeft, i) -> send(c, i, Form, k[c].forming, 0, k[c].formingLeft, k[c].left, 0)
    :: else
    fi;
    resendUpdate(c, i)
}

inline resumeSettling(c, i) {
    if
    :: k[c].settling != 0 && !HAS(k[c].answered, i) -> send(c, i, Settle, k[c].settling, 0, 0, 0, 0)
    :: else
    fi
}

inline resendUpdate(c, i) {
    if
    :: m[i].asksUpdate -> takeUpdate(c, i)
    :: else
    fi
}

inline admit(c, i) {
    k[c].members = k[c].members | BIT(i);
    k[c].here = k[c].here | BIT(i);
    if
    :: k[c].leads == 0 && m[i].known > k[c].led && m[i].known > k[c].unfinished -> k[c].unfinished = m[i].known
    :: else
    fi;
    learn(c, i);
    k[c].pending = k[c].pending | BIT(i);
    gather(c);
    pursue(c)
}

inline comeBack(c, i) {
    flag = (k[c].settling != 0 && m[i].presents == k[c].leads && HAS(k[c].lost, i));
    if
    :: (k[c].leads != 0 && m[i].presents <= k[c].leads && !flag) ||
       (m[i].presents <= k[c].remEpoch && !HAS(k[c].remWorld, i)) ->
        sendEvicted(c, i)
    :: else ->
        learn(c, i);
        k[c].members = k[c].members | BIT(i);
        k[c].here = k[c].here | BIT(i);
        if
        :: m[i].standsStill -> k[c].standing = k[c].standing | BIT(i)
        :: else
        fi;
        if
        :: flag ->
            k[c].left = k[c].left | BIT(i);
            ask(c, (k[c].lost & ~BIT(i)))
        :: else ->
            withdraw(c, i);
            k[c].claims[i] = m[i].presents;
            k[c].returning = k[c].returning | BIT(i);
            pursue(c)
        fi;
        resendUpdate(c, i)
    fi
}

inline takeRecalled(c, i) {
    if
    :: k[c].asked == i + 1 && HAS(k[c].returning, i) && m[i].epoch == k[c].claims[i] ->
        k[c].accEpoch = m[i].epoch;
        k[c].accWorld = m[i].roster;
        k[c].accPrevious = m[i].previous;
        k[c].accBefore = m[i].before;
        k[c].accByVerdict = m[i].byVerdict;
        k[c].accLosses = m[i].losses;
        k[c].accForwards = m[i].forwards;
        k[c].accFails = m[i].fails;
        pursue(c)
    :: else
    fi
}

/* Ready from member i. */
inline takeReady(c, i, number) {
    if
    :: k[c].forming == number && HAS(k[c].formingLeft, i) ->
        k[c].ready = k[c].ready | BIT(i);
        if
        :: k[c].ready == k[c].formingLeft -> activate(c)
        :: else
        fi
    :: else
    fi
}

inline activate(c) {
    e1 = k[c].leads;
    e2 = k[c].world;
    e3 = k[c].formingLeft;
    n = k[c].forming;
    k[c].forming = 0;
    k[c].formingLeft = 0;
    k[c].ready = 0;
    k[c].joining = 0;
    endActive(c);
    unremember(c);
    k[c].leads = n;
    k[c].led = n;
    k[c].previous = e1;
    k[c].before = e2;
    k[c].world = e3;
    k[c].left = e3;
    printf("%c activates %d of %d\n", 65 + c, n, e3);
    sendActive(c, Activate, n, e1, e3, e2, 0);
    evictOvertaken(c)
}

/* Those that claim an epoch which is older than the one that begins: it is not to be taken up any more. */
inline evictOvertaken(c) {
#ifndef TAKE_UP_OVERTAKEN
    u = 0;
    for (x : 0 .. N - 1) {
        if
        :: HAS(k[c].returning, x) && k[c].claims[x] < k[c].leads ->
            sendEvicted(c, x);
            u = u | BIT(x)
        :: else
        fi
    }
    if
    :: u != 0 -> removeMembers(c, u)
    :: else
    fi
#else
    skip
#endif
}

inline takeUpdate(c, i) {
    if
    :: k[c].leads == m[i].epoch && HAS(k[c].left & ~k[c].returning, i) ->
        k[c].heard = k[c].heard | BIT(i);
        k[c].updated = k[c].updated | BIT(i)
#ifndef DROP_EARLY_UPDATE
    :: HAS(k[c].returning, i) && k[c].claims[i] == m[i].epoch -> k[c].early = k[c].early | BIT(i)
#endif
    :: else
    fi
}

/* A step of its own. */
#define ALL_UPDATED(c) (k[c].leads != 0 && k[c].forming == 0 && k[c].settling == 0 && \
    (k[c].updated == k[c].left || (k[c].unchanged && k[c].updated != 0)))

inline finishUpdate(c) {
    u = k[c].updated;
    k[c].updated = 0;
    if
#ifndef FORGET_ANSWERED_UPDATE
    :: k[c].unchanged ->
        /* Others have had their answer, and go on: it is the same one. */
        for (x : 0 .. N - 1) {
            if
            :: HAS(u, x) -> send(c, x, Activate, k[c].leads, k[c].previous, k[c].world, k[c].before, 0)
            :: else
            fi
        }
    :: !k[c].unchanged && k[c].pending == 0 && !k[c].hasFailures && !k[c].byVerdict && !k[c].followed ->
        k[c].unchanged = 1;
#else
    :: k[c].pending == 0 && !k[c].hasFailures && !k[c].byVerdict && !k[c].followed ->
#endif
        sendActive(c, Activate, k[c].leads, k[c].previous, k[c].world, k[c].before, 0)
    :: else -> form(c, (k[c].left | k[c].pending))
    fi
}

/* Settled from member i: what is whole, cannot be repeated, has been given up, is in flight. */
inline takeSettled(c, i, number, wholes, unrepeatables, givenUps, inFlights) {
    if
    :: k[c].settling == number && k[c].leads != 0 && HAS(k[c].left, i) && !HAS(k[c].answered, i) ->
        k[c].heard = k[c].heard | BIT(i);
        k[c].answered = k[c].answered | BIT(i);
        k[c].whole = k[c].whole | wholes;
        k[c].unrepeatable = k[c].unrepeatable | unrepeatables;
        k[c].givenUp = k[c].givenUp | givenUps;
        k[c].inFlight = k[c].inFlight | inFlights;
        if
#ifdef FIRST_ANSWER_DECIDES
        :: 1 -> conclude(c)
#else
        :: (k[c].left & ~k[c].answered) == 0 -> conclude(c)
#endif
        :: else
        fi
    :: else
    fi
}

/*
 * Whether those that are left may go on. The second condition is about an epoch whose beginning too few have heard: the
 * one before it can still be taken up elsewhere, by those that have not.
 */
#ifdef NO_MAJORITY_RULE
#define MAY_GO_ON(c) 1
#elif defined(FORGET_THE_EPOCH_BEFORE)
#define MAY_GO_ON(c) (COORDINATORS == 1 || MORE_THAN_HALF(k[c].left, k[c].world))
#else
#define MAY_GO_ON(c) (COORDINATORS == 1 || (MORE_THAN_HALF(k[c].left, k[c].world) \
        && (k[c].before == 0 || MORE_THAN_HALF(k[c].heard, k[c].before))))
#endif

inline conclude(c) {
    if
    :: !MAY_GO_ON(c) -> printf("%c: no majority\n", 65 + c); k[c].stalled = 1
    :: else ->
        k[c].givenUp = k[c].givenUp & k[c].inFlight;
        k[c].whole = k[c].whole & ~k[c].givenUp;
        k[c].unrepeatable = (k[c].unrepeatable & ~k[c].whole) | k[c].givenUp;
#ifdef FORGET_WHOLE
        k[c].whole = 0;
#endif
        k[c].previous = k[c].leads;
        k[c].before = k[c].world;
        k[c].leads = k[c].settling;
        k[c].led = k[c].leads;
        k[c].world = k[c].left;
        k[c].heard = 0;
        k[c].byVerdict = 1;
        k[c].losses = k[c].lost;
        k[c].forwards = k[c].whole;
        k[c].fails = k[c].unrepeatable;
        k[c].hasFailures = k[c].hasFailures | (k[c].fails != 0);
        k[c].followed = 0;
        k[c].updated = 0;
        endSettling(c);
        printf("%c verdict: %d goes on as %d of %d, forward %d, fail %d\n", 65 + c, k[c].previous, k[c].leads, k[c].world, k[c].forwards, k[c].fails);
        sendActive(c, Verdict, k[c].leads, k[c].previous, k[c].losses, k[c].forwards, k[c].fails);
        evictOvertaken(c);
        if
        :: k[c].interrupted ->
            k[c].interrupted = 0;
            z = k[c].newcomers & k[c].pending;
            k[c].newcomers = 0;
            form(c, (k[c].left | z))
        :: else
        fi
    fi
}

/* No majority here: sent on to the next coordinator of the list. */
inline turnAway(c, gone) {
    u = gone;
    k[c].members = k[c].members & ~u;
    for (z : 0 .. N - 1) {
        if
        :: HAS(u, z) -> send(c, z, Refused, 0, 0, 0, 0, 0)
        :: else
        fi
    }
    k[c].here = k[c].here & ~u;
    k[c].standing = k[c].standing & ~u
}

inline disperse(c) {
    k[c].unfinished = k[c].leads;
    turnAway(c, k[c].left);
    endActive(c);
    pursue(c)
}

inline turnClaimantsAway(c) {
    e1 = k[c].returning;
    for (x : 0 .. N - 1) {
        if
        :: HAS(e1, x) -> withdraw(c, x)
        :: else
        fi
    }
    turnAway(c, e1);
    pursue(c)
}

inline crash(c) {
    k[c].up = 0;
    k[c].last = 0;
    k[c].led = 0;
    k[c].unfinished = 0;
    k[c].members = 0;
    k[c].here = 0;
    k[c].pending = 0;
    k[c].joining = 0;
    k[c].returning = 0;
    k[c].standing = 0;
    k[c].early = 0;
    k[c].forming = 0;
    k[c].formingLeft = 0;
    k[c].ready = 0;
    k[c].asked = 0;
    for (x : 0 .. N - 1) {
        k[c].claims[x] = 0;
        if
        :: m[x].session == c + 1 -> breakSession(x)
        :: else
        fi
    }
    endActive(c);
    k[c].led = 0;
    unremember(c);
    clearAccount(c)
}
