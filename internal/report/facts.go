package report

import (
	"hufen/internal/calendar"
)

// facts are what a village's figures are made of, over one period.
type facts struct {
	now      tickets
	people   people
	visitors visitors
	base     base
}

// tickets are the weighbridge tickets of a period, in grams.
type tickets struct {
	residual, food, recyclable, hazardous int64
	residualTickets, sortedTickets        int64
	estimated                             bool
	days                                  int64 // with a ticket for residual
	months                                int64 // with a ticket for residual
	without                               calendar.Month
	// The month in which the smallest share of days has tickets, and the share.
	least         calendar.Month
	leastPermille int64
}

func (t tickets) sorted() int64 { return t.food + t.recyclable + t.hazardous }

// people are the population of a period.
type people struct {
	personDays int64
	opening    int64 // persons on the first day
	households int64 // household-months: registered at the end of each month
}

// visitors are what the drop-offs say of a period.
type visitors struct {
	months     int64 // with any drop-off
	households int64 // household-months with at least one credited drop-off
}

// base is what a period is compared with: signed baselines or other tickets.
type base struct {
	grams      int64
	personDays int64
	tickets    tickets        // of the base months, where they are the base
	opening    int64          // persons on the first day of the base months
	without    calendar.Month // a month that has no signed baseline; zero: none
	unsigned   bool           // … though one waits for its signature
}

// coveredDays returns how many days of a month have tickets, from the share
// rounded down to permille.
func coveredDays(month calendar.Month, permille int64) int64 {
	return (permille*int64(month.Days()) + 999) / 1000
}
