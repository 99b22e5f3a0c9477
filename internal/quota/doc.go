// Package quota keeps one person, and one instance of the portal, from using up what Google's
// quotas let all of them ask. It knows the quotas, and counts calls; it makes none.
//
// A [Limiter] has one bucket of calls for each person, and one share of each quota. What one page
// or one act may ask is its [Budget], which travels in the context: [Reserve] takes the calls of a
// whole fan-out before the first one is made, and [Limiter.Before], which sees every call on its
// way out, takes one more for each that was not reserved. So no call is forgotten.
//
// What always holds:
//
//   - What is refused is refused by an [*upstream.Throttled], before Google is asked.
//   - A page can use up neither what acts need nor, alone, what the pages of others need.
//   - Calls that nobody's page or act makes alone (the lists that all share, a batch of changes) or
//     for itself (mail, the topic) count, and are never refused.
package quota
