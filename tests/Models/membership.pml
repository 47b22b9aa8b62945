#include "state.pml"
#include "coordinator.pml"
#include "member.pml"

inline die(i) {
    m[i].alive = 0;
    breakSession(i);
    ME.out = 0;
    ME.dials = 0;
    ME.presents = 0;
    ME.highest = 0;
    ME.known = 0;
    ME.standsStill = 0;
    ME.asksUpdate = 0;
    ME.epoch = 0;
    ME.roster = 0;
    ME.origin = 0;
    ME.frozen = 0;
    ME.previous = 0;
    ME.before = 0;
    ME.byVerdict = 0;
    ME.losses = 0;
    ME.forwards = 0;
    ME.fails = 0;
    ME.forming = 0;
    ME.formingRoster = 0;
    ME.update = 0;
    ME.unchanged = 0;
    for (y : 0 .. OPERATIONS - 1) {
        ME.op[y].frozen = 0;
        ME.op[y].hasRun = 0;
        ME.op[y].forward = 0;
        ME.op[y].whole = 0;
        ME.op[y].epoch = 0;
        ME.op[y].origin = 0;
        ME.op[y].input = 0;
        if
        :: ME.op[y].life != good ->
            ME.op[y].life = shut;
            ME.op[y].roster = 0;
            ME.op[y].part = 0;
            ME.op[y].value = 0
        :: else
        fi
    }
}

proctype MemberSteps(byte i) {
    byte a, b, d, e, f;
end:
    do
    /* What it hears from its coordinator; and dialing. */
    :: d_step { nempty(down[i]) -> hear(i); a = 0; b = 0; d = 0; e = 0; f = 0; skip }
    :: d_step { ME.alive && !ME.out && ME.session == 0 && REACHES(i, 0) && (ME.dials == 0 || !REACHES(i, COORDINATORS - 1)) -> printf("%d dials A, presents %d\n", i, ME.presents); register(0, i); skip }
#if COORDINATORS == 2
    :: d_step { ME.alive && !ME.out && ME.session == 0 && REACHES(i, 1) && (ME.dials == 1 || !REACHES(i, 0)) -> printf("%d dials B, presents %d\n", i, ME.presents); register(1, i); skip }
#endif
    /* Its coordinators notice that its session has broken. */
#define LOSES(c) (k[c].up && HAS(k[c].here, i) && m[i].session != c + 1)
    :: d_step { LOSES(0) -> printf("A loses %d\n", i); removeMembers(0, BIT(i)); skip }
#if COORDINATORS == 2
    :: d_step { LOSES(1) -> printf("B loses %d\n", i); removeMembers(1, BIT(i)); skip }
#endif
    /* The caller. */
    :: d_step { (ME.op[0].life == uncalled || ME.op[0].life == doomed) && HAS(FIRST, i) && ME.alive && !ME.out && ME.epoch != 0 && ME.update == 0
                -> printf("%d calls\n", i); call(i, 0); skip }
#if UPDATES
    :: d_step { HAS(FIRST, i) && ME.alive && !ME.out && ME.epoch != 0 && ME.update == 0 && ME.op[0].life != uncalled && ME.op[0].life != doomed
                -> printf("%d calls update in epoch %d\n", i, ME.epoch); ME.update = 1; askForUpdate(i); skip }
    :: d_step { (ME.op[1].life == uncalled || ME.op[1].life == doomed) && ME.alive && !ME.out && ME.epoch != 0 && (ME.update == 2 || !HAS(FIRST, i))
                -> printf("%d calls the next\n", i); call(i, 1); skip }
#endif
#define o 0
    :: d_step { CAN_BE_WHOLE -> printf("%d holds the whole result in epoch %d, says done\n", i, OP.epoch); becomeWhole(i, o); skip }
    :: d_step { CAN_END -> printf("%d has heard all done in epoch %d: ends well\n", i, OP.epoch); endWell(i, o); skip }
    :: d_step { HEARS_END -> printf("%d hears that it has ended well\n", i); endWell(i, o); skip }
    :: d_step { HEARS_GIVE_UP -> printf("%d hears of giving up in epoch %d\n", i, OP.epoch); fail(i, o); skip }
#if GIVEUPS
    :: d_step { givesUp > 0 && MAY_GIVE_UP -> printf("%d gives up in epoch %d\n", i, OP.epoch); givesUp--; fail(i, o); skip }
#endif
#undef o
#if UPDATES
#define o 1
    :: d_step { CAN_BE_WHOLE -> printf("%d holds the whole result in epoch %d, says done\n", i, OP.epoch); becomeWhole(i, o); skip }
    :: d_step { CAN_END -> printf("%d has heard all done in epoch %d: ends well\n", i, OP.epoch); endWell(i, o); skip }
    :: d_step { HEARS_END -> printf("%d hears that it has ended well\n", i); endWell(i, o); skip }
    :: d_step { HEARS_GIVE_UP -> printf("%d hears of giving up in epoch %d\n", i, OP.epoch); fail(i, o); skip }
#undef o
#endif
    /* Faults. */
#if DEATHS
    :: d_step { faults && deaths > 0 && ME.alive -> printf("%d dies\n", i); deaths--; die(i); skip }
#endif
#if CUTS
    :: d_step { faults && cuts > 0 && ME.session != 0 -> printf("%d loses its session\n", i); cuts--; breakSession(i); skip }
#endif
#if LEAVES
    :: d_step { faults && leaves > 0 && ME.alive && !ME.out && ME.epoch != 0 -> printf("%d closes itself\n", i); leaves--; close(i); skip }
#endif
#if EVICTIONS
    :: d_step { faults && evictions > 0 && k[0].up && HAS(k[0].left & k[0].here, i) ->
                printf("A evicts %d\n", i); evictions--; sendEvicted(0, i); removeMembers(0, BIT(i)); skip }
#endif
    od
}

proctype CoordinatorSteps(byte c) {
end:
    do
    :: d_step { !k[c].up -> printf("%c starts\n", 65 + c); k[c].up = 1; skip }
    :: d_step { k[c].mayDropAbsent && (k[c].left & ~k[c].here) != 0 -> printf("%c drops the absent\n", 65 + c); k[c].mayDropAbsent = 0; e1 = k[c].left & ~k[c].here; removeMembers(c, e1); skip }
#if UPDATES
    :: d_step { ALL_UPDATED(c) -> finishUpdate(c); skip }
#endif
#if COORDINATORS > 1
    :: d_step { turns > 0 && k[c].stalled -> turns--; printf("%c disperses\n", 65 + c); disperse(c); skip }
    :: d_step { turns > 0 && k[c].returning != 0 -> turns--; printf("%c turns claimants away\n", 65 + c); turnClaimantsAway(c); skip }
#endif
#if CRASHES
    :: d_step { faults && crashes > 0 && k[c].up -> printf("%c crashes\n", 65 + c); crashes--; crash(c); skip }
#endif
    od
}

proctype Faults() {
end:
    do
    :: d_step { faults -> faults = 0; deaths = 0; cuts = 0; evictions = 0; leaves = 0; crashes = 0; mayPart = 0; skip }
    :: d_step { parted -> printf("the partition heals\n"); parted = 0; side = 0; skip }
#if PARTITION
    :: atomic { faults && mayPart -> mayPart = 0;
        if
        :: side = 1
        :: side = 2
        :: side = 3
        :: side = 4
        :: side = 5
        :: side = 6
#if N > 3
        :: side = 8
        :: side = 12
        :: side = 14
        :: side = 7
#endif
#if N > 4
        :: side = 24
        :: side = 28
        :: side = 30
#endif
        fi;
        d_step {
            printf("partition: %d reach only the last coordinator\n", side);
            parted = 1;
            for (x : 0 .. N - 1) {
                if
                :: m[x].session != 0 && !REACHES(x, m[x].session - 1) -> breakSession(x)
                :: else
                fi
            }
            skip
        } }
#endif
    od
}

/* Nothing moves any more, and no fault is to come: has everything ended that had to? */
proctype Progress() {
    byte i;
    timeout ->
    d_step {
        n = 0; w = 0; u = 0;
        for (x : 0 .. N - 1) {
            if
            :: m[x].alive && !m[x].out && m[x].epoch > n -> n = m[x].epoch; w = m[x].roster; u = m[x].before
            :: else
            fi
        }
        flag = (COORDINATORS == 1 && CRASHES == 0) ||
            (MORE_THAN_HALF(alive(), w) && (COORDINATORS == 1 || turns > 0) && (COORDINATORS == 1 || u == 0 || MORE_THAN_HALF(alive(), u)));
        for (x : 0 .. N - 1) {
            if
            :: flag && n != 0 && m[x].alive && !m[x].out ->
                assert(m[x].session != 0);
                if
                :: m[x].epoch != 0 || (HAS(FIRST, x) && MIN_MEMBERS > N) ->
                    assert(m[x].epoch == n);
                    assert(m[x].frozen == 0);
                    assert(m[x].op[0].life != open && m[x].op[1].life != open);
                    assert(m[x].update != 1)
                :: else
                fi
            :: else
            fi
        }
    }
}

init {
    atomic {
        for (n : 0 .. N - 1) {
            m[n].alive = 1;
            for (y : 0 .. OPERATIONS - 1) {
                m[n].op[y].life = uncalled;
                m[n].op[y].input = BIT(n)
            }
            if
            :: HAS(FIRST, n) && MIN_MEMBERS > N ->
                m[n].session = 1;
                m[n].presents = 1;
                m[n].highest = 1;
                m[n].known = 1;
                m[n].epoch = 1;
                m[n].roster = FIRST;
                m[n].origin = 1;
                m[n].op[0].origin = 1
            :: else
            fi
        }
        for (n : 0 .. COORDINATORS - 1) {
            k[n].up = 1
        }
        if
        :: MIN_MEMBERS > N ->
            rosterOf[1] = FIRST;
            k[0].last = 1;
            k[0].led = 1;
            k[0].members = FIRST;
            k[0].here = FIRST;
            k[0].leads = 1;
            k[0].world = FIRST;
            k[0].left = FIRST;
            k[0].heard = FIRST
        :: else
        fi;
#if CALLED
        for (n : 0 .. N - 1) {
            if
            :: HAS(FIRST, n) ->
                m[n].op[0].life = open;
                m[n].op[0].epoch = 1;
                m[n].op[0].roster = FIRST;
                m[n].op[0].part = FIRST;
                m[n].op[0].hasRun = 1;
                sent[0].began[1] = FIRST;
                sent[0].inputs[1] = FIRST
            :: else
            fi
        }
#endif
        for (n : 0 .. N - 1) {
            run MemberSteps(n)
        }
        for (n : 0 .. COORDINATORS - 1) {
            run CoordinatorSteps(n)
        }
        run Faults();
#ifndef ENDS_ONLY
        run Progress()
#endif
        n = 0
    }
}
