internal import Flows
internal import Meter

/// Packets that an ifb takes aside for shaping and hands back. They are a flow both where they were taken and where
/// they come back.
struct Detours {
  /// All rows that are not detours.
  let others: [ForwardedTraffic]
  private let aside: [Leg: InterfacePlace]

  /// - Parameter name: the name of an interface if it is an ifb; nil for any other.
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
