/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.elements.ClassesShouldConjunction;
import org.junit.jupiter.api.Test;

/** Who may use whom. */
class ArchitectureTest {

    private static final String ROOT = "io.github.dolphinml.common.";

    private final JavaClasses classes = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.github.dolphinml");

    @Test
    void packagesHaveNoCycles() {
        slices().matching(ROOT + "(*)..").should().beFreeOfCycles().check(classes);
    }

    @Test
    void theDomainKnowsNothingOfDolphinScheduler() {
        for (String name : new String[] {"validate", "option", "plan", "shell", "environment", "output"}) {
            mayNotUse(name, "org.apache.dolphinscheduler..").check(classes);
        }
    }

    @Test
    void plansKnowNothingOfHowTheyAreRun() {
        mayNotUse("plan", ROOT + "shell..", ROOT + "run..", ROOT + "ds..", ROOT + "environment..")
                .check(classes);
        mayNotUse("validate", ROOT + "option..", ROOT + "plan..", ROOT + "ds..").check(classes);
        mayNotUse("shell", ROOT + "run..", ROOT + "ds..", ROOT + "option..").check(classes);
    }

    @Test
    void dolphinSchedulerIsTouchedByFewPackages() {
        mayNotUse("ds", ROOT + "plan..", ROOT + "shell..", ROOT + "run..", ROOT + "task..", ROOT + "option..")
                .check(classes);
    }

    @Test
    void processesAreStartedByOnePackageOnly() {
        DescribedPredicate<JavaClass> starter = resideInAPackage("org.apache.commons.exec..")
                .or(equivalentTo(ProcessBuilder.class))
                .or(equivalentTo(Runtime.class));
        classes()
                .that()
                .haveSimpleName("SideCommand")
                .should()
                .dependOnClassesThat(starter)
                .check(classes);
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + "run..")
                .should()
                .dependOnClassesThat(starter)
                .check(classes);
    }

    private static ClassesShouldConjunction mayNotUse(String name, String... packages) {
        return noClasses()
                .that()
                .resideInAPackage(ROOT + name + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(packages);
    }
}
