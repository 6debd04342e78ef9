internal import Flows
internal import Meter

/// What is taken aside to be shaped (ifb) and handed back: it is a flow where it was taken from and where it comes back to.
struct Detours {
  /// All but the detours.
  let others: [ForwardedTraffic]
  private let aside: [Leg: InterfacePlace]

  /// - Parameter name: the name of an interface that is an ifb, nil for any other.
  init(_ rows: [ForwardedTraffic], name: (Place, UInt32) -> String?) {
    var aside: [Leg: InterfacePlace] = [:]
    var others: [ForwardedTraffic] = []
    for row in rows {
      if let interface = name(row.namespace, row.outInterface) {
        aside[Leg(row.flow.unordered, at: row.namespace)] = InterfacePlace(interface, in: row.namespace)
      } else if name(row.namespace, row.inInterface) == nil {
        others.append(row)
      }
    }
    self.others = others
    self.aside = aside
  }

  /// The ifb that the row's packets passed as well; nil if they passed none.
  func interface(of row: FlowTraffic) -> InterfacePlace? {
    aside.isEmpty
      ? nil
      : aside[Leg(row.flow.unordered, at: row.namespace)]
        ?? row.translated.flatMap { aside[Leg($0.unordered, at: row.namespace)] }
  }
}
