internal import Flows
public import Questions

extension InventoryQuestion: LocalQuestion {
  func answer(on host: LocalVantage) async throws -> Told<Inventory> {
    var inventory = host.withState { state in
      // A probe reads everything when it is first asked, usually by this question.
      state.refresh(olderThan: host.isIdle ? 0.05 : 0)
      return state.inventory(host: host.host)
    }
    if let answer = await host.cloudAnswer() {
      inventory.clouds = answer.addresses.map { [$0] }
      if let note = answer.note { inventory.notes.append(note) }
    }
    return Told(inventory)
  }
}
