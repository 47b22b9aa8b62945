/*
 * What members and coordinators know. A set of members is a byte, one bit per member; 0 is no epoch.
 */

#define BIT(i)       (1 << (i))
#define HAS(set, i)  (((set) >> (i)) & 1)
#define ALL          ((1 << N) - 1)
#define FIRST        ((1 << (N - NEWCOMERS)) - 1)   /* those that are there from the start */
#if N == 3
#define COUNT(set)   (HAS(set, 0) + HAS(set, 1) + HAS(set, 2))
#define ANY(what)    (what(0) || what(1) || what(2))
#define alive()      (IS_HERE(0) | IS_HERE(1) | IS_HERE(2))
#elif N == 4
#define COUNT(set)   (HAS(set, 0) + HAS(set, 1) + HAS(set, 2) + HAS(set, 3))
#define ANY(what)    (what(0) || what(1) || what(2) || what(3))
#define alive()      (IS_HERE(0) | IS_HERE(1) | IS_HERE(2) | IS_HERE(3))
#else
#define COUNT(set)   (HAS(set, 0) + HAS(set, 1) + HAS(set, 2) + HAS(set, 3) + HAS(set, 4))
#define ANY(what)    (what(0) || what(1) || what(2) || what(3) || what(4))
#define alive()      (IS_HERE(0) | IS_HERE(1) | IS_HERE(2) | IS_HERE(3) | IS_HERE(4))
#endif
#define IS_HERE(i)   ((m[i].alive && !m[i].out) << i)
#define MORE_THAN_HALF(of, set)  (2 * COUNT((of) & (set)) > COUNT(set))

#define OPERATIONS   2
#ifndef EPOCHS
#define EPOCHS       12    /* more than the configuration reaches: an assertion guards it */
#endif
#define QUEUE        7

/* An operation on one member. */
mtype:life = { uncalled, doomed, open, good, failed, shut };

typedef Operation {
    mtype:life life;
    byte epoch;      /* that it runs in */
    byte roster;     /* of that epoch */
    byte frozen;     /* stands still for a verdict of at least this number; 0: runs */
    byte origin;
    byte part;       /* the participants of its result */
    byte input;      /* whose input is in what it contributes: its own bit, unless a buffer was not put back */
    byte value;      /* whose input is in the result */
    bit hasRun;
    bit whole;
    bit forward;     /* fetches what it lacks */
}

typedef Member {
    bit alive;
    bit out;         /* evicted, or has left */
    byte session;    /* 0: none, else the coordinator's number plus 1 */
    byte dials;      /* the coordinator that it tries first */
    /* what its session remembers */
    byte presents;   /* the active epoch */
    byte highest;
    byte known;
    bit standsStill;
    bit asksUpdate;  /* an Update that has no answer yet */
    /* what its engine and membership flow know */
    byte epoch;
    byte roster;
    byte origin;
    byte frozen;
    byte previous;
    byte before;     /* roster of the epoch before */
    bit byVerdict;   /* how the epoch began, with the verdict's content */
    byte losses;
    byte forwards;
    byte fails;
    byte forming;
    byte formingRoster;
    byte update;     /* 0: not called, 1: in progress, 2: done */
    bit unchanged;   /* updates of its lineage that have confirmed it: there is one at most, so that a bit counts them */
    Operation op[OPERATIONS];
}

typedef Coordinator {
    bit up;
    byte last;       /* highest number given out or heard of */
    byte led;        /* the last epoch that was led from here */
    byte unfinished;
    /* standings */
    byte members;
    byte here;       /* those whose session it believes to be open */
    byte pending;
    byte joining;
    byte returning;
    byte standing;   /* still: they said so when they registered */
    byte early;      /* have said Update in the epoch that they claim */
    /* the active epoch */
    byte leads;
    byte world;      /* its roster */
    byte left;       /* of it */
    byte previous;
    byte before;     /* roster of the epoch before */
    byte heard;      /* those known to have heard its beginning */
    bit byVerdict;
    byte losses;
    byte forwards;
    byte fails;
    bit hasFailures;
    byte updated;
    bit unchanged;   /* the last one that is known to have been confirmed so, in this lineage; 0: none */
    bit followed;    /* taken up, and a later one may have begun for somebody who is still to come */
    bit mayDropAbsent;
    /* the epoch that forms */
    byte forming;
    byte formingLeft;
    byte ready;
    /* the settlement */
    byte settling;
    byte lost;
    byte answered;
    byte whole;
    byte unrepeatable;
    byte givenUp;
    byte inFlight;
    bit stalled;
    bit interrupted;
    byte newcomers;
    /* recovery */
    byte claims[N];
    byte asked;      /* 0: nobody, else the member plus 1 */
    byte accEpoch;   /* what was said of the highest epoch; 0: nothing yet */
    byte accWorld;
    byte accPrevious;
    byte accBefore;
    bit accByVerdict;
    byte accLosses;
    byte accForwards;
    byte accFails;
    /* the epoch that was led from here until its last member was lost */
    byte remEpoch;
    byte remWorld;
    byte remPrevious;
    byte remBefore;
    bit remByVerdict;
    byte remLosses;
    byte remForwards;
    byte remFails;
}

Member m[N];
Coordinator k[COORDINATORS];

/* What has left the members, by epoch: it arrives whenever a reader takes note of it. */
typedef Run {
    byte began[EPOCHS];    /* whose contribution is under way */
    byte inputs[EPOCHS];   /* whose input those contain */
    byte done[EPOCHS];     /* who has said done */
    byte result[EPOCHS];   /* whose input is in the result that these offer */
}
Run sent[OPERATIONS];

byte rosterOf[EPOCHS];     /* of each number that a member has been active in, to see that it is given out once */

/* From the coordinator that a member has a session with, in order. */
mtype:kind = { Settle, Verdict, Form, Activate, Recall, Evicted, Refused };
chan down[N] = [QUEUE] of { mtype:kind, byte, byte, byte, byte, byte };

/* Faults still to come. */
bit faults = 1;
byte deaths = DEATHS, cuts = CUTS, evictions = EVICTIONS, leaves = LEAVES, crashes = CRASHES, givesUp = GIVEUPS;
byte turns = TURNS;
bit parted;                /* 1: a partition is there */
bit mayPart = PARTITION;
byte side;                 /* members that reach only the last coordinator while it is */

#define REACHES(i, c)  (k[c].up && (!parted || (HAS(side, i) == (c == COORDINATORS - 1))))

/* Scratch for one atomic step each: no part of the state. */
hidden byte x, y, z, w, u, v, n, e1, e2, e3;
hidden byte flag;
