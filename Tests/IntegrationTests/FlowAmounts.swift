import Flows

/// What a flow moved; the lab's generators are called Traffic too.
typealias FlowAmounts = Flows.Traffic
