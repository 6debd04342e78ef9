internal import Flows
public import Questions

extension InventoryQuestion: PastedQuestion {
  func answer(from bundle: BundleVantage) -> Told<Inventory>? {
    var inventory = bundle.recordedInventory ?? bundle.places.inventory
    if bundle.isPasted {
      for index in inventory.namespaces.indices where inventory.namespaces[index].container != nil {
        guard let place = bundle.place(inventory.namespaces[index].id) else { continue }
        inventory.namespaces[index].evidence = bundle.containerEvidence(place)
      }
    }
    let remarks = bundle.remarks.filter { $0.isShown(isVerbose: false) }.map(\.text)
    inventory.notes += remarks.filter { !inventory.notes.contains($0) }
    return Told(inventory)
  }
}

extension MeasureQuestion: PastedQuestion {
  /// The interval that was measured when the evidence was recorded. Its length can't be chosen any more.
  func answer(from bundle: BundleVantage) throws -> Told<Interval>? {
    try bundle.checkRecord("interval.json", for: self)
    if let recorded = bundle.recordedInterval { return Told(recorded) }
    var interval = bundle.pastedInterval
    for index in interval.flows.indices {
      let row = interval.flows[index]
      guard let place = bundle.place(row.namespace) else { continue }
      interval.flows[index].evidence =
        row.role == .shared ? bundle.evidence(ofProgram: row) : bundle.evidence(of: row.flow, in: place)
    }
    return Told(interval)
  }
}
