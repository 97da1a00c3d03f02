package views

import "willbuy/pipeline"

// joinViews are the joined rows, and on each side of the join what it left out.
var joinViews = []view{
	{name: "Rows", draw: drawJoin},
	{name: "Without a review", draw: drawAnswer("Customers of whom no review was found: the join leaves them out."), grid: pipeline.WithoutReview},
	{name: "Without a customer", draw: drawAnswer("Reviews whose customer is not in the shop's data: the join leaves them out."), grid: pipeline.WithoutCustomer},
}

// encodeViews are the encoded rows, and which code stands for which class.
var encodeViews = []view{
	{name: "Rows", draw: drawEncode},
	{name: "Codes", draw: drawAnswer("Which code stands for which class, and in how many rows."), grid: pipeline.Classes},
}

// drawAnswer draws the rows of a question to the store, under what they are.
// Nothing of it is recorded.
func drawAnswer(what string) func(*sheet) {
	return func(s *sheet) {
		switch {
		case s.f.Grid == nil && len(s.st.Result.Schema) == 0:
			s.notYet()
			return
		case s.f.Grid == nil:
			s.say(s.th.Muted, "This asks the tables of the lab; a recorded run does not have it.")
			return
		}
		s.say(s.plainStyle(), what)
		s.gap()
		s.drawGrid()
	}
}
